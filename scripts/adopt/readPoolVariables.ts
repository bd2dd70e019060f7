import { refuseDatabaseUrl } from "../../infra/config/schema/refuseDatabaseUrl.ts";
import { readPoolNumber } from "../../infra/config/schema/names.ts";
import { deriveDirectUrl } from "./deriveDirectUrl.ts";
import type { AdoptedEntry } from "../stack/editStackFile.ts";
import { readDotenv } from "./readDotenv.ts";
import { identifyAddress, readDatabaseAddress } from "../../infra/database/connection/databaseAddress.ts";
import type { OpenStack } from "../stack/openStack.ts";
import { findKnownDatabase } from "./lookInside.ts";

/** A hand-made pool database, as the app's environment named it. Its URLs are secret. */
export interface PoolVariable extends AdoptedEntry {
  /** `DATABASE_URL_POOL_3` */
  variable: string;
  number: number;
}

/**
 * Reads the `DATABASE_URL_POOL_N` of a dotenv file, by number.
 *
 * @returns also what is wrong with them, each by its variable's name or its line; no value is ever repeated
 */
export function readPoolVariables(file: Uint8Array): { variables: PoolVariable[]; problems: string[] } {
  const variables: PoolVariable[] = [];
  const { variables: read, problems } = readDotenv(file);
  for (const { name: variable, value: url, line } of read) {
    const digits = /^DATABASE_URL_POOL_(\d+)$/.exec(variable)?.[1];
    if (digits === undefined) {
      if (/DATABASE_URL_POOL_?\d/.test(variable) || (variable.startsWith("DATABASE_URL_") && /^postgres/.test(url)))
        problems.push(`line ${line}: expected DATABASE_URL_POOL_ and a number, got ${variable}`);
      continue;
    }
    const key = `pool-${digits}`;
    const number = readPoolNumber(key);
    if (number === undefined) {
      problems.push(`${variable}: pool databases are counted from 1, without zeros in front.`);
      continue;
    }
    const why = refuseValue(url);
    const direct = deriveDirectUrl(url);
    if (why !== undefined) problems.push(`${variable}: expected a connection URL; ${why}.`);
    else if (direct === undefined)
      problems.push(
        `${variable}: it leads to a transaction pooler that is not Supabase's, so how migrations get past it cannot be known. ` +
          `Set both ways by hand: stagesub:adopted.${key}.url and stagesub:adopted.${key}.direct.`,
      );
    else variables.push({ variable, number, key, url, direct });
  }
  return { variables: variables.sort((a, b) => a.number - b.number), problems };
}

function refuseValue(url: string): string | undefined {
  if (url === "") return "the value is empty: fill it in, or remove the line";
  if (/[$`\\]/.test(url))
    return "it holds a $, ` or \\, which some readers of such files take for more than itself: percent-encode it";
  const refusal = refuseDatabaseUrl(url);
  return refusal && `${refusal.why}: ${refusal.remedy}`;
}

/**
 * Sorts out which of the variables are new to a stack: those whose number it has adopted already are left alone; those that
 * cannot be adopted are problems.
 */
export function choosePoolVariables(
  stack: Pick<OpenStack, "name" | "config" | "outputs">,
  variables: readonly PoolVariable[],
): { chosen: PoolVariable[]; present: PoolVariable[]; problems: string[] } {
  const { config, outputs, name } = stack;
  const present = variables.filter(({ key }) => Object.hasOwn(config.adopted, key));
  const chosen = variables.filter(({ key }) => !Object.hasOwn(config.adopted, key));
  const holders = new Map<string, string>();
  const problems = chosen.flatMap(({ variable, key, number, url }) => {
    const place = identifyAddress(readDatabaseAddress(url)!);
    const holder = findKnownDatabase(stack, url) ?? holders.get(place);
    holders.set(place, variable);
    return [
      ...(holder === undefined
        ? []
        : [`${variable}: it leads to the same database as ${holder}. Each is adopted once.`]),
      ...(key in outputs.pool
        ? [`${variable}: ${key} exists already, as a Supabase project of the stack ${name}. Give it a higher number.`]
        : []),
      ...(number > config.pool.max
        ? [`${variable}: stagesub:pool.max is ${config.pool.max}. Raise it to ${number}, or give it a lower number.`]
        : []),
    ];
  });
  return { chosen, present, problems };
}
