import { isDeepStrictEqual } from "node:util";

import type { ConfigProblem } from "../problem.ts";
import { readValue, standInUrl } from "../readStackFile.ts";
import { standInKey } from "../schema/keySchema.ts";

/**
 * Compares what Pulumi read with what this program reads in the same file, encrypted values aside. Every command goes by the file alone, so
 * nothing may come from elsewhere: an ESC environment and Pulumi.yaml may hold only the secrets that a file may leave out.
 *
 * @param file the file's name
 * @param written the values in the file, see readConfig
 */
export function checkReading(
  file: string,
  values: Record<string, string>,
  written: Record<string, string>,
): ConfigProblem[] {
  const ours = Object.keys({ ...values, ...written }).filter((key) => key.startsWith("stagesub:"));
  return ours.flatMap((key): ConfigProblem[] => {
    const [theirs, here] = [values[key], written[key]];
    const mistake =
      here === undefined
        ? { expected: `every key in ${file}`, got: "one that Pulumi has from elsewhere" }
        : { expected: `the value that ${file} holds`, got: "another value from Pulumi (not shown)" };
    if (here === undefined && mayBeElsewhere.test(key)) return [];
    if (here !== undefined && theirs !== undefined && isSame(readValue(here), readValue(theirs))) return [];
    return [{ path: [key], atKey: true, ...mistake, remedy }];
  });
}

const remedy =
  "write the key into the stack file alone, in plain YAML, and nowhere else (Pulumi.yaml, an ESC environment, --config)";

const mayBeElsewhere = /^stagesub:(key|previousKey|databaseUrl)$/;

/** Returns whether two values are the same, encrypted values aside. */
function isSame(here: unknown, theirs: unknown): boolean {
  if (here === standInKey || (typeof here === "string" && standInPattern.test(here))) return true;
  if (typeof here !== "object" || typeof theirs !== "object" || here === null || theirs === null)
    return isDeepStrictEqual(here, theirs);
  const [one, other] = [Object.entries(here), new Map(Object.entries(theirs))];
  return (
    Array.isArray(here) === Array.isArray(theirs) &&
    one.length === other.size &&
    one.every(([key, value]) => other.has(key) && isSame(value, other.get(key)))
  );
}

const standInPattern = new RegExp(`^${standInUrl("[a-z0-9-]+").replaceAll(".", "\\.").replaceAll("/", "\\/")}$`);
