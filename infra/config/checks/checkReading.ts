import { isDeepStrictEqual } from "node:util";

import { standInKey } from "../schema/keySchema.ts";
import type { Finding } from "../problem.ts";
import { type RawStack, readStackFile, standInUrl } from "../readStackFile.ts";

/**
 * Compares what Pulumi read with what this program reads in the same file, encrypted values aside. Every command goes by the file alone, so
 * nothing may come from elsewhere: an ESC environment and Pulumi.yaml may hold only the secrets that a file may leave out.
 *
 * @param readValue see parseStack
 */
export function checkReading(
  { stack, values, file }: Pick<RawStack, "stack" | "values" | "file">,
  readValue: (text: string) => unknown,
): Finding[] {
  if (file === undefined) return [];
  const written = readStackFile(stack, file).values;
  const ours = [...new Set([...Object.keys(values), ...Object.keys(written)])].filter((key) =>
    key.startsWith("stagesub:"),
  );
  return ours.flatMap((key): Finding[] => {
    const place = { path: [key], about: "key" as const };
    const [theirs, here] = [values[key], written[key]];
    if (here === undefined)
      return mayBeElsewhere.test(key)
        ? []
        : [{ ...place, expected: `every key in ${file.path}`, got: "one that Pulumi has from elsewhere", remedy }];
    if (theirs !== undefined && isSame(readValue(here), readValue(theirs))) return [];
    const got = "another value from Pulumi (not shown)";
    return [{ ...place, expected: `the value that ${file.path} holds`, got, remedy }];
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
