import type { OpenStack } from "../stack/openStack.ts";
import { UserError } from "../../infra/errors.ts";

/**
 * Returns the variables that the app reads: `DATABASE_URL`, the main database, and `DATABASE_URL_POOL_N` for each pool database that
 * may be used, spares too. For one orchestra, returns its own URL as `DATABASE_URL`. All secret.
 *
 * @throws {UserError} for an orchestra, or a pool database, that was not provisioned yet
 */
export function appVariables(
  { config, plan, outputs }: Pick<OpenStack, "config" | "plan" | "outputs">,
  orchestra?: string,
): Record<string, string> {
  const urlOf = (key: string): string => {
    const url = outputs.connections[key];
    if (url === undefined)
      throw new UserError(
        "orchestra-not-ready",
        `Expected the URL of ${key} among the stack's outputs, found none. Run \`pulumi up\`.`,
      );
    return url;
  };
  if (orchestra !== undefined && plan.orchestras.some(({ id, state }) => id === orchestra && state === "retired"))
    throw new UserError(
      "orchestra-not-ready",
      `${orchestra} is retired: its app's login is shut out, so there is nothing to connect with.`,
    );
  if (orchestra !== undefined) return { DATABASE_URL: urlOf(orchestra) };
  const closed = new Set(plan.orchestras.filter(({ state }) => state === "retired").map(({ id }) => id));
  const usable = plan.pool.filter(
    ({ state }) => state.kind !== "retired" && !(state.kind === "claimed" && closed.has(state.orchestra)),
  );
  const pool = usable.map(({ number, name }) => [`DATABASE_URL_POOL_${number}`, urlOf(name)]);
  return { DATABASE_URL: config.databaseUrl, ...(Object.fromEntries(pool) as Record<string, string>) };
}
