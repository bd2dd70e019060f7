import { refuseDatabaseUrl } from "../../infra/config/schema/refuseDatabaseUrl.ts";
import { readPoolNumber } from "../../infra/config/schema/names.ts";
import { deriveDirectUrl } from "./deriveDirectUrl.ts";
import type { AdoptedEntry } from "./encryptAdopted.ts";
import { readDotenv } from "./readDotenv.ts";

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
  const { variables: read, problems } = readDotenv(file, "DATABASE_URL");
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
