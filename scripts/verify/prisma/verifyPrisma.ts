import pLimit from "p-limit";

import { withClient } from "../../../infra/database/connection.ts";
import { withReadOnlyTransaction } from "../../../infra/database/withReadOnlyTransaction.ts";
import { limits } from "../checkDatabase.ts";
import type { Subject } from "../subject.ts";
import { compareTables, type Comparison } from "./compareTables.ts";
import type { Expectation } from "./expectTables.ts";
import { readCatalogue } from "./readCatalogue.ts";

/** What was seen of one orchestra: how its database compares, or why it could not be read. */
export type Look = Comparison | { failure: string };

/** Compares each orchestra's own database, as its owner, `concurrency` at a time. Changes nothing. */
export async function verifyPrisma(
  subjects: readonly Subject[],
  expectation: Expectation,
  concurrency: number,
): Promise<Map<string, Look>> {
  const limit = pLimit(concurrency);
  const looks = await Promise.all(
    subjects.map((subject) => limit(async () => [subject.id, await look(subject, expectation)] as const)),
  );
  return new Map(looks);
}

/** Whether the client can work with what was seen. */
export function fits(look: Look): boolean {
  return !("failure" in look) && look.mismatches.length === 0;
}

async function look({ id, database }: Subject, expectation: Expectation): Promise<Look> {
  if (!database) return { failure: `Expected a database for ${id}; the stack has made none yet. Run \`pulumi up\`.` };
  const schemas = [...new Set(expectation.tables.map(({ schema }) => schema))];
  const read = withClient(
    database.owner,
    (client) => withReadOnlyTransaction(client, id, () => readCatalogue(client, schemas)),
    limits,
  );
  return read.then(
    (catalogue) => compareTables(expectation, catalogue),
    (error: Error) => ({ failure: error.message }),
  );
}
