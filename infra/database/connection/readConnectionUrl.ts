/** Where a connection URL leads, in parts. */
export interface ConnectionParts {
  host: string;
  port: number;
  /** With the pooler's suffix (`postgres.<ref>`), also where the URL names the project in `options`. */
  user: string;
  password: string;
  database: string;
  /** Whether it says of itself that it leads to a transaction pooler. */
  pgbouncer: boolean;
  /** Parts that the URL leaves out. */
  missing: string[];
}

/** Why a text is no usable connection URL, and what to write instead. Nothing of the text is in it: any part may hold the password. */
export interface UrlRefusal {
  why: string;
  remedy: string;
}

/** Reads a connection URL, the same for every place that one may come from. What readers of such URLs do not agree about is refused. */
export function readConnectionUrl(text: string): ConnectionParts | UrlRefusal {
  const refusal = refuseText(text);
  if (refusal) return refusal;
  const url = new URL(text);
  const place = readPlace(url);
  if ("why" in place) return place;
  const user = joinReference(place.user, url.searchParams);
  if (typeof user !== "string") return user;
  const missing = (["host", "user", "password", "database"] as const).filter((part) => place[part] === "");
  return { ...place, user, pgbouncer: url.searchParams.get("pgbouncer") === "true", missing };
}

export const urlForm = "give it in the form postgresql://USER:PASSWORD@HOST:5432/DATABASE";

const unencoded = "it does not parse as a URL; characters such as @ / : # ? % in a password must be percent-encoded";

function refuseText(text: string): UrlRefusal | undefined {
  const [, authority] = /^postgres(?:ql)?:\/\/([^/?#]*)/.exec(text) ?? [];
  if (authority === undefined) return { why: "it does not begin with postgresql://", remedy: urlForm };
  // `URL` drops tabs and line breaks without a word.
  if (/[\s\p{Cc}]/u.test(text))
    return { why: "it holds a space, a line break or a control character", remedy: "percent-encode it, or remove it" };
  if (/%(?![0-9a-f]{2})/i.test(text))
    return { why: "it holds a % that starts no percent-encoding", remedy: "write a % of a password as %25" };
  if (text.includes("#") || authority.split("@").length > 2) return { why: unencoded, remedy: urlForm };
  const host = authority.slice(authority.lastIndexOf("@") + 1);
  if (host.includes(",")) return { why: "it names several hosts", remedy: "name the one that takes writes" };
  if (!URL.canParse(text)) return { why: unencoded, remedy: urlForm };
  return refuseParameters(new URL(text).searchParams);
}

function readPlace(url: URL): Omit<ConnectionParts, "pgbouncer" | "missing"> | UrlRefusal {
  const host = url.hostname.toLowerCase();
  if (host.endsWith(".")) return { why: "its host ends in a dot", remedy: "write the host without it" };
  if (!/^([\w.-]*|\[[0-9a-f:.]+\])$/.test(host) || url.port === "0") return { why: unencoded, remedy: urlForm };
  const [user, password, database] = [url.username, url.password, url.pathname.slice(1)].map(decodePart);
  if (user === undefined || password === undefined || database === undefined)
    return { why: "it holds a percent-encoding that stands for no text", remedy: "encode it as UTF-8: å is %C3%A5" };
  // A "/" or "@" of an unencoded password ends up in the path.
  if (/\p{Cc}/u.test(user + database))
    return { why: "its user or database holds a control character", remedy: "write their names as they are" };
  if (/[/@]/.test(database)) return { why: unencoded, remedy: urlForm };
  if (/^[[<{(].*password.*[\]>})]$/i.test(password) || /^your.password$/i.test(password))
    return { why: "its password is still a placeholder", remedy: "put the database's password in its place" };
  return { host: host.replace(/^\[(.*)\]$/, "$1"), port: Number(url.port || 5432), user, password, database };
}

function decodePart(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

/** Parameters that would lead elsewhere than the URL itself says, or mean different things to different readers. */
function refuseParameters(parameters: URLSearchParams): UrlRefusal | undefined {
  const names = [...parameters.keys()];
  const other = names.find((name) => elsewhere.has(name.toLowerCase()));
  if (other !== undefined)
    return {
      why: `its parameter ${other} names another place or login than the URL`,
      remedy: "write it in the URL itself",
    };
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined && meaningful.has(twice))
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

/** libpq takes these over what the URL says: https://www.postgresql.org/docs/17/libpq-connect.html#LIBPQ-CONNSTRING-URIS */
const elsewhere = new Set("host hostaddr port dbname database user password passfile service servicefile".split(" "));
const schemaNames = ["schema", "currentSchema", "search_path"];
const meaningful = new Set([...schemaNames, "pgbouncer", "options"]);

/** Supabase's pooler takes the project from `options=reference=<ref>` as well as from the user's suffix. Everything else in it is refused. */
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
