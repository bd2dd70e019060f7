import pLimit from "p-limit";

import { type Connection, withClient } from "../../../../infra/database/connection/connection.ts";
import { withReadOnlyTransaction } from "../../../../infra/database/connection/withReadOnlyTransaction.ts";
import { readLimits } from "../../readDatabase.ts";
import { compareTables, type Comparison } from "./compareTables.ts";
import type { Expectation } from "./expectTables.ts";
import { readCatalogue } from "./readCatalogue.ts";

/** The result for one orchestra: how its database compares, or why it could not be read. */
export type Look = Comparison | { failure: string };

/**
 * Compares each orchestra's own database, as its owner, `concurrency` at a time. Changes nothing.
 *
 * @param databases by the orchestra's id; undefined where `pulumi up` has not made it yet
 */
export async function verifyPrisma(
  databases: ReadonlyMap<string, Connection | undefined>,
  expectation: Expectation,
  concurrency: number,
): Promise<Map<string, Look>> {
  const limit = pLimit(concurrency);
  const looks = await Promise.all(
    [...databases].map(([id, database]) => limit(async () => [id, await look(id, database, expectation)] as const)),
  );
  return new Map(looks);
}

/** Whether the client can work with what was seen. */
export function fits(look: Look): boolean {
  return !("failure" in look) && look.mismatches.length === 0;
}

async function look(id: string, database: Connection | undefined, expectation: Expectation): Promise<Look> {
  if (!database) return { failure: `Expected a database for ${id}; the stack has made none yet. Run \`pulumi up\`.` };
  const schemas = [...new Set([...expectation.tables, ...expectation.enums].map(({ schema }) => schema))];
  const read = withClient(
    database,
    (client) => withReadOnlyTransaction(client, id, () => readCatalogue(client, schemas)),
    readLimits,
  );
  return read.then(
    (catalogue) => compareTables(expectation, catalogue),
    (error: Error) => ({ failure: error.message }),
  );
}
