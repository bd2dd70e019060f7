import { readConnectionUrl } from "../../infra/database/connection/readConnectionUrl.ts";
import { isLoopback } from "../../infra/util/isLoopback.ts";
import type { Resource } from "../readResource.ts";
import type { Rule } from "../rule.ts";
import { types } from "../types.ts";

/** Nobody between the app and its database reads anything, and nobody reaches a database over Supabase's Data API. */
export const closedDatabases: Rule = {
  name: "closed-databases",
  description: "Every Supabase project enforces TLS and has its Data API off; no connection string turns TLS off.",
  check: (resource) => [...checkSettings(resource), ...checkConnectionStrings(resource)],
  checkStack: (resources) => {
    const inOrder = new Set(resources.filter(({ type }) => type === types.settings).map(({ name }) => name));
    // A retired orchestra's project is paused and not contacted.
    const retired = resources.filter(({ type, props }) => type === types.database && props["retired"] === true);
    const excused = new Set([...inOrder, ...retired.map(({ name }) => name)]);
    return resources
      .filter(({ type, name }) => type === types.project && !excused.has(name))
      .map(({ urn, name }) => ({
        urn,
        message: `The Supabase project of ${name} has no settings: expected a supabase.Settings of this name, which enforces TLS and turns the Data API off.`,
      }));
  },
};

function checkSettings({ type, name, props }: Resource): string[] {
  if (type !== types.settings) return [];
  const { sslEnforcement, api } = props;
  const schema = readSchema(api);
  return [
    ...(sslEnforcement === true
      ? []
      : [
          `The database of ${name} takes connections without TLS: expected sslEnforcement true, got ${JSON.stringify(sslEnforcement) ?? "none"}.`,
        ]),
    ...(schema === ""
      ? []
      : [
          `The Data API of ${name} is on: expected api {"db_schema":""}, got ${schema === undefined ? "none" : JSON.stringify(api)}.`,
        ]),
  ];
}

/** Returns the schemas that the Data API exposes, an empty text for none; undefined where none are given. */
function readSchema(api: unknown): unknown {
  try {
    return (JSON.parse(api as string) as { db_schema?: unknown }).db_schema;
  } catch {
    return undefined;
  }
}

/**
 * Refuses a connection string whose client may go without TLS, except to this machine: the local cloud has no TLS. The app's own must name a
 * strict sslmode, because clients without one (libpq and Prisma: prefer) take a server that offers no TLS.
 */
function checkConnectionStrings({ type, name, texts }: Resource): string[] {
  return texts.flatMap(({ path, text }) => {
    const isApps = type === types.registration && path === "databaseUrl" && text !== "";
    const url = readConnectionUrl(text);
    if ("why" in url)
      return isApps || /^postgres(ql)?:.*[?&]sslmode=(disable|allow|prefer)\b/is.test(text)
        ? [`${path} of ${name} is a URL that clients read differently: ${url.why}. ${advice}`]
        : [];
    if (isLoopback(url.host) || strict.has(url.sslmode ?? "") || (url.sslmode === null && !isApps)) return [];
    const mode = url.sslmode === null ? "no sslmode" : `sslmode=${url.sslmode}`;
    return [`${path} of ${name} connects with ${mode}: expected require, verify-ca or verify-full. ${advice}`];
  });
}

const advice = "Change stagesub:app.urlParameters.";

/** Values of sslmode with which no client sends anything in clear: https://www.postgresql.org/docs/17/libpq-ssl.html#LIBPQ-SSL-PROTECTION */
const strict = new Set(["require", "verify-ca", "verify-full"]);
