import { type ConfigProblem, type PathSegment, setSecretCommand } from "../problem.ts";
import { secretKeys as secretKeyNames } from "../schema/stackSchema.ts";
import type { Source } from "../parseSource.ts";

interface Configuration {
  stack: string;
  values: Record<string, unknown>;
  secretKeys: readonly string[];
}

/**
 * Refuses secrets in clear.
 *
 * @param source knows each leaf; without the file only whole keys can be judged
 */
export function checkSecrets(
  { stack, values, secretKeys }: Configuration,
  source: Source | undefined,
): ConfigProblem[] {
  if (source?.isEncrypted(["stagesub:adopted"]) === true) return [refuseOpaqueMap(stack)];
  // One encrypted leaf marks its whole key secret, so the file has the last word on its values.
  const isEncrypted = (path: PathSegment[]) =>
    secretKeys.includes(String(path[0])) && source?.isEncrypted(path) !== false;
  return secretKeyNames
    .flatMap((key) => listLeaves([`stagesub:${key}`], values[key]))
    .filter((path) => !isEncrypted(path))
    .map((path) => refuseClear(path, stack));
}

function listLeaves(path: PathSegment[], value: unknown): PathSegment[][] {
  if (typeof value !== "object") return value === undefined ? [] : [path];
  return Object.entries(value ?? {}).flatMap(([key, inner]) => listLeaves([...path, key], inner));
}

function refuseClear(path: PathSegment[], stack: string): ConfigProblem {
  return {
    path,
    expected: "an encrypted value ({ secure: … })",
    got: "a secret in clear (not shown)",
    why: "everyone who can read the repository could use it, and it stays in its history: change that password too",
    remedy: setSecretCommand(path, stack),
  };
}

function refuseOpaqueMap(stack: string): ConfigProblem {
  return {
    path: ["stagesub:adopted"],
    expected: "a map by orchestra id or pool database in which each URL is encrypted",
    got: "a map that is encrypted as a whole",
    why: "reviewers must see which databases are adopted",
    remedy: `pulumi config rm stagesub:adopted -s ${stack}, then set each URL: ${setSecretCommand(["stagesub:adopted", "ID", "url"], stack)}`,
  };
}

/** Refuses encrypted values in keys that decide which resources exist, and that previews show. */
export function checkNeedlessSecrets({ stack, values, secretKeys }: Configuration): ConfigProblem[] {
  return Object.keys(values)
    .filter((key) => !secretKeyNames.includes(key) && secretKeys.includes(`stagesub:${key}`))
    .map((key) => ({
      path: [`stagesub:${key}`],
      atKey: true,
      expected: "values in clear: this key decides which resources exist, and previews show it",
      got: "an encrypted value in it (not shown)",
      remedy: `write it in clear (pulumi config get stagesub:${key} -s ${stack} shows it); secrets belong in key, databaseUrl and adopted`,
    }));
}
