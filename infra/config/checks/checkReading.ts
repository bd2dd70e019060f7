import { isDeepStrictEqual } from "node:util";

import { standInKey } from "../schema/keySchema.ts";
import type { Finding } from "../problem.ts";
import { standInUrl } from "../readStackFile.ts";

/**
 * Compares what Pulumi read with what this program reads in the same file, encrypted values aside. Every command goes by the file alone, so
 * nothing may come from elsewhere: an ESC environment and Pulumi.yaml may hold only the secrets that a file may leave out.
 *
 * @param file the file's name
 * @param written the values in the file, see readConfig
 * @param readValue see parseStack
 */
export function checkReading(
  file: string,
  values: Record<string, string>,
  written: Record<string, string>,
  readValue: (text: string) => unknown,
): Finding[] {
  const ours = [...new Set([...Object.keys(values), ...Object.keys(written)])].filter((key) =>
    key.startsWith("stagesub:"),
  );
  return ours.flatMap((key): Finding[] => {
    const place = { path: [key], about: "key" as const };
    const [theirs, here] = [values[key], written[key]];
    if (here === undefined)
      return mayBeElsewhere.test(key)
        ? []
        : [{ ...place, expected: `every key in ${file}`, got: "one that Pulumi has from elsewhere", remedy }];
    if (theirs !== undefined && isSame(readValue(here), readValue(theirs))) return [];
    const got = "another value from Pulumi (not shown)";
    return [{ ...place, expected: `the value that ${file} holds`, got, remedy }];
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
