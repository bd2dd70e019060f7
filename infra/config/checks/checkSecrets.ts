import type { SourceMap } from "../locate.ts";
import type { Finding, PathSegment } from "../problem.ts";
import { setSecretCommand } from "../setSecretCommand.ts";
import { secretKeys as secretKeyNames } from "../schema/stackSchema.ts";

export interface SecretsSubject {
  stack: string;
  values: Record<string, unknown>;
  secretKeys: readonly string[];
  /** Knows each leaf. Without the file only whole keys can be judged. */
  source?: SourceMap;
}

/** Refuses secrets in clear. */
export function checkSecrets(subject: SecretsSubject): Finding[] {
  if (subject.source?.isEncrypted(["stagesub:adopted"]) === true) return [refuseOpaqueMap(subject.stack)];
  const inClear = secretPaths(subject.values).filter((path) => !isEncrypted(path, subject));
  return inClear.map((path) => refuseClear(path, subject.stack));
}

function secretPaths(values: Record<string, unknown>): PathSegment[][] {
  const leaves = (prefix: PathSegment[], value: unknown): PathSegment[][] => {
    if (typeof value !== "object") return value === undefined ? [] : [prefix];
    return Object.entries(value ?? {}).flatMap(([key, inner]) => leaves([...prefix, key], inner));
  };
  return secretKeyNames.flatMap((key) => leaves([`stagesub:${key}`], values[key]));
}

/** Returns whether a value is encrypted. One encrypted leaf marks its whole key secret, so the file has the last word on its values. */
function isEncrypted(path: PathSegment[], { secretKeys, source }: SecretsSubject): boolean {
  return secretKeys.includes(String(path[0])) && source?.isEncrypted(path) !== false;
}

function refuseClear(path: PathSegment[], stack: string): Finding {
  return {
    path,
    about: "value",
    expected: "an encrypted value ({ secure: … })",
    got: "a secret in clear (not shown)",
    why: "everyone who can read the repository could use it, and it stays in its history: change that password too",
    remedy: setSecretCommand(path, stack),
  };
}

function refuseOpaqueMap(stack: string): Finding {
  return {
    path: ["stagesub:adopted"],
    about: "value",
    expected: "a map by orchestra id or pool database in which each URL is encrypted",
    got: "a map that is encrypted as a whole",
    why: "reviewers must see which databases are adopted",
    remedy: `pulumi config rm stagesub:adopted -s ${stack}, then set each URL: ${setSecretCommand(["stagesub:adopted", "ID", "url"], stack)}`,
  };
}

/** Finds keys that decide which resources exist, and that previews show, but of which something is encrypted. */
export function checkNeedlessSecrets({ stack, values, secretKeys }: Omit<SecretsSubject, "source">): Finding[] {
  const plain = Object.keys(values).filter((key) => !secretKeyNames.includes(key));
  return plain
    .filter((key) => secretKeys.includes(`stagesub:${key}`))
    .map((key) => ({
      path: [`stagesub:${key}`],
      about: "key" as const,
      expected: "values in clear: this key decides which resources exist, and previews show it",
      got: "an encrypted value in it (not shown)",
      remedy: `write it in clear (pulumi config get stagesub:${key} -s ${stack} shows it); secrets belong in key, databaseUrl and adopted`,
    }));
}
