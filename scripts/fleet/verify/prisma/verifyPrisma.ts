import pLimit from "p-limit";

import { pc } from "../../../cli/colours.ts";
import type { Connection } from "../../../../infra/database/connection/connection.ts";
import { withSnapshot } from "../../../../infra/database/connection/withSnapshot.ts";
import { readLimits } from "../../readDatabase.ts";
import { compareTables, type PrismaComparison } from "./compareTables.ts";
import type { Expectation } from "./expectTables.ts";
import { readCatalogue } from "./readCatalogue.ts";

/** The result for one orchestra: how its database compares, or why it could not be read. */
export type PrismaResult = { id: string; ok: boolean } & (PrismaComparison | { failure: string });

/**
 * Compares each orchestra's own database, as its owner, `concurrency` at a time. Changes nothing.
 *
 * @param databases connections by the orchestra's id; undefined where `pulumi up` has not made the database yet
 */
export function verifyPrisma(
  databases: readonly (readonly [id: string, connection: Connection | undefined])[],
  expectation: Expectation,
  concurrency: number,
): Promise<PrismaResult[]> {
  const schemas = [...new Set([...expectation.tables, ...expectation.enums].map(({ schema }) => schema))];
  return pLimit(concurrency).map(databases, async ([id, connection]): Promise<PrismaResult> => {
    try {
      if (!connection)
        throw new Error(`Expected a database for ${id}; the stack has made none yet. Run \`pulumi up\`.`);
      const catalogue = await withSnapshot(connection, id, (client) => readCatalogue(client, schemas), readLimits);
      const comparison = compareTables(expectation, catalogue);
      return { id, ok: comparison.mismatches.length === 0, ...comparison };
    } catch (error) {
      return { id, ok: false, failure: (error as Error).message };
    }
  });
}

/** Formats the results; orchestras with equal results stand together, usually all of them. */
export function formatPrisma(place: string, { tables, enums }: Expectation, results: readonly PrismaResult[]): string {
  const groups = new Map<string, [ids: string[], result: PrismaResult]>();
  for (const result of results) {
    const key = JSON.stringify({ ...result, id: undefined });
    groups.set(key, [[...(groups.get(key)?.[0] ?? []), result.id], result]);
  }
  return [
    `${place}: ${tables.length} tables, ${enums.length} enums`,
    ...[...groups.values()].flatMap(formatGroup),
  ].join("\n");
}

function formatGroup([ids, result]: [ids: string[], result: PrismaResult]): string[] {
  const names = ids.join(", ");
  if ("failure" in result) return [pc.red(`✗ ${names}: cannot be read`), `  ${result.failure}`];
  const { mismatches, extras } = result;
  const beyond = extras.length > 0 ? [pc.dim(`  the client does not use, and no harm: ${extras.join(", ")}`)] : [];
  if (mismatches.length === 0) return [pc.green(`✓ ${names}: fits`), ...beyond];
  const count = mismatches.length === 1 ? "1 thing does" : `${mismatches.length} things do`;
  return [
    pc.red(`✗ ${names}: ${count} not fit`),
    ...mismatches.map(({ kind, at, reason }) => `  ${pc.bold(at)} (${kind}): ${reason}.`),
    "  Change the Prisma schema, or add a migration; then run this again.",
    ...beyond,
  ];
}
