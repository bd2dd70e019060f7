import { identifyAddress, readDatabaseAddress } from "../../infra/database/connection/databaseAddress.ts";
import type { OpenStack } from "../stack/openStack.ts";
import { findKnownDatabase } from "./knownDatabases.ts";
import type { PoolVariable } from "./readPoolVariables.ts";

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
