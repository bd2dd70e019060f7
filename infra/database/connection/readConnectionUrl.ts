import { isIPv4, isIPv6 } from "node:net";

/** The target of a connection URL, in parts. */
export interface ConnectionParts {
  host: string;
  port: number;
  /** The user with the pooler's suffix (`postgres.<ref>`), even if the URL names the project in `options`. */
  user: string;
  password: string;
  database: string;
  /** Whether the URL declares a transaction pooler (`pgbouncer=true`). */
  pgbouncer: boolean;
  /** The parameter `sslmode`, such as "require"; null if there is none. This program verifies TLS whatever it says; other clients obey it. */
  sslmode: string | null;
  /** Parts that the URL leaves out, such as "a password". */
  missing: string[];
}

/** The mistake in a connection URL and its remedy. Quotes nothing of the text: any part may hold the password. */
export interface UrlRefusal {
  why: string;
  remedy: string;
}

/**
 * Reads a connection URL as libpq does, for every place that accepts one. Refuses texts that other readers of such URLs understand
 * differently: `URL`, for one, drops line breaks and follows `..`.
 */
export function readConnectionUrl(text: string): ConnectionParts | UrlRefusal {
  const [isUrl, login, user, password, place = "", database, query = ""] = form.exec(text) ?? [];
  if (!/^postgres(ql)?:\/\//.test(text)) return { why: "it does not begin with postgresql://", remedy: urlForm };
  if (/[\s\p{C}]/u.test(text))
    return {
      why: "it holds a space, a line break or an invisible character",
      remedy: "percent-encode it, or remove it",
    };
  if (/%(?![0-9a-f]{2})/i.test(text))
    return { why: "it holds a % that starts no percent-encoding", remedy: "write a % of a password as %25" };
  if (isUrl === undefined) return { why: unencoded, remedy: urlForm };
  if (/[?;]/.test(query)) return { why: "its parameters hold a ? or ;", remedy: "separate them with &" };
  const parameters = new URLSearchParams(query);
  const address = readPlace(place, login !== undefined);
  const names = readNames([user, password, database]);
  const refusal = [refuseParameters(parameters), address, names].find((one) => one !== undefined && "why" in one);
  if (refusal) return refusal;
  const parts = { ...(address as Place), ...(names as Names) };
  const joined = joinReference(parts.user, parameters);
  if (typeof joined !== "string") return joined;
  const missing = (["host", "user", "password", "database"] as const).filter((part) => parts[part] === "");
  const pgbouncer = parameters.get("pgbouncer") === "true";
  const sslmode = parameters.get("sslmode");
  return { ...parts, user: joined, pgbouncer, sslmode, missing: missing.map((part) => `a ${part}`) };
}

export const urlForm = "give it in the form postgresql://USER:PASSWORD@HOST:5432/DATABASE";

const unencoded = "it does not parse as a URL; characters such as @ / : # ? % in a password must be percent-encoded";

/** Captures a "/" or "@" of an unencoded password behind the host; a "#" never matches. */
const form = /^postgres(?:ql)?:\/\/(([^:@/?#]*)(?::([^@/?#]*))?@)?([^@/?#]*)(?:\/([^@/?#]*))?(?:\?([^#]*))?$/;

type Place = Pick<ConnectionParts, "host" | "port">;
type Names = Pick<ConnectionParts, "user" | "password" | "database">;

function readPlace(text: string, hasLogin: boolean): Place | UrlRefusal {
  if (text.includes(",")) return { why: "it names several hosts", remedy: "name the one that takes writes" };
  const [, name, address, digits] = /^(?:([^:[\]]*)|\[([\da-f:.]+)\])(?::(\d*))?$/i.exec(text) ?? [];
  const port = Number(digits || 5432);
  // Without a login the colon may be a password's.
  if ((name ?? address) === undefined || (!hasLogin && digits !== undefined && name === ""))
    return { why: unencoded, remedy: urlForm };
  if (port < 1 || port > 65_535) return { why: "its port is not one from 1 to 65535", remedy: urlForm };
  if (address !== undefined)
    return isIPv6(address) ? { host: new URL(`http://[${address}]`).hostname.slice(1, -1), port } : noHost;
  const host = name!.toLowerCase();
  if (host.endsWith(".")) return { why: "its host ends in a dot", remedy: "write the host without it" };
  const isName = hostName.test(host) && host.length <= 253 && !/(^|\.)(\d+|0x[\da-f]*)$/.test(host);
  return host === "" || isIPv4(host) || isName ? { host, port } : noHost;
}

/** Some readers take `127.1` and `0x7f.1` for addresses. */
const hostName = /^[a-z\d_]([a-z\d_-]{0,61}[a-z\d_])?(\.[a-z\d_]([a-z\d_-]{0,61}[a-z\d_])?)*$/;
const noHost = {
  why: "its host is neither a name of a–z, 0–9, _ and hyphens between dots nor a whole IP address",
  remedy: `${urlForm}; characters such as @ / : # ? % in a password must be percent-encoded`,
};

function readNames(texts: (string | undefined)[]): Names | UrlRefusal {
  const [user, password, database] = texts.map((text = "") => decodePart(text));
  if (user === undefined || password === undefined || database === undefined)
    return { why: "it holds a percent-encoding that stands for no text", remedy: "encode it as UTF-8: å is %C3%A5" };
  if (/\p{Cc}/u.test(user + password + database) || /\p{C}/u.test(user + database))
    return {
      why: "its login or database holds a control character",
      remedy: "take it out: pasted along, or one of %00 to %1F",
    };
  // `URL` would follow dots.
  if (/[/@]|^\.{1,2}$/.test(database)) return { why: unencoded, remedy: urlForm };
  if (/[;,]$/.test(database))
    return { why: "its database ends in a ; or ,", remedy: "leave it out, or percent-encode it" };
  if (/[[\]<>{}]/.test(user + database))
    return { why: "its user or database is still a placeholder", remedy: "put the real name in its place" };
  if (placeholder.test(password))
    return { why: "its password is still a placeholder", remedy: "put the database's password in its place" };
  return { user, password, database };
}

/** `[YOUR-PASSWORD]`, `${DB_PASSWORD}`, `$PGPASSWORD`, `%PASSWORD%`, `*****`. */
const placeholder = /^([[<{(].*password.*[\]>})]|your.password|\$?\{+.*\}+|\$\w*pass\w*|%\w+%|\*+|•+)$/i;

function decodePart(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

/** Refuses parameters that override the URL's own target, or mean different things to different readers. */
function refuseParameters(parameters: URLSearchParams): UrlRefusal | undefined {
  const names = [...parameters.keys()];
  const other = names.find((name) => elsewhere.has(name.trim().toLowerCase()));
  if (other !== undefined)
    return {
      why: `its parameter ${other.trim()} names another place or login than the URL`,
      remedy: "write it in the URL itself",
    };
  const find = (name: string) => meaningful.find((one) => one.toLowerCase() === name.trim().toLowerCase());
  const misspelt = names.map((name) => [name, find(name)] as const).find(([name, known]) => known && known !== name);
  if (misspelt)
    return { why: `its parameter ${misspelt[1]} is written otherwise`, remedy: `write ${misspelt[1]}, or remove it` };
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined && find(twice))
    return { why: `it holds the parameter ${twice} twice`, remedy: "remove one of them" };
  for (const name of schemaNames)
    if ((parameters.get(name) ?? "public") !== "public")
      return {
        why: `its parameter ${name} names another schema than public, where everything is made`,
        remedy: "give a database whose schema public is the orchestra's own, and remove the parameter",
      };
  if (!/^(true|false)$/.test(parameters.get("pgbouncer") ?? "false"))
    return { why: "its parameter pgbouncer is neither true nor false", remedy: "write pgbouncer=true, or remove it" };
  return undefined;
}

/** libpq prefers these parameters to the URL's own parts: https://www.postgresql.org/docs/17/libpq-connect.html#LIBPQ-CONNSTRING-URIS */
const elsewhere = new Set("host hostaddr port dbname database user password passfile service servicefile".split(" "));
const schemaNames = ["schema", "currentSchema", "search_path"];
const meaningful = [...schemaNames, "pgbouncer", "sslmode", "options"];

/** Moves the project of `options=reference=<ref>` to the user's suffix: Supabase's pooler reads both. Refuses any other `options`. */
function joinReference(user: string, parameters: URLSearchParams): string | UrlRefusal {
  const options = parameters.get("options");
  if (options === null || options === "") return user;
  const reference = /^(?:-c\s*|--)?reference=([\w-]+)$/.exec(options)?.[1];
  if (reference === undefined)
    return {
      why: "its parameter options holds settings, which this program does not take over",
      remedy: "remove it; what the app's sessions need is set for its role in a migration",
    };
  if (user.endsWith(`.${reference}`)) return user;
  if (!user.includes(".")) return `${user}.${reference}`;
  return {
    why: "its user and its parameter options name two projects",
    remedy: "remove the parameter, or the suffix of the user",
  };
}
