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

/** Refuses an sslmode that allows plain text, except on loopback: the local cloud has no TLS. */
function checkConnectionStrings({ name, texts }: Resource): string[] {
  return texts.flatMap(({ path, text }) => {
    const mode = /^postgres(?:ql)?:\/\/\S*[?&]sslmode=(disable|allow|prefer)\b/.exec(text)?.[1];
    if (mode === undefined || isLoopback(text)) return [];
    return [
      `${path} of ${name} connects with sslmode=${mode}: expected require or stricter. Change stagesub:app.urlParameters.`,
    ];
  });
}

function isLoopback(url: string): boolean {
  const host = /^[a-z]+:\/\/(?:[^@/]*@)?(\[[^\]]*\]|[^:/?]*)/.exec(url)?.[1] ?? "";
  return /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/.test(host);
}
