import pc from "picocolors";

import type { Expectation } from "./expectTables.ts";
import { fits, type Look } from "./verifyPrisma.ts";

/** Formats the results; orchestras with equal results stand together, usually all of them. */
export function formatPrisma(place: string, { tables, enums }: Expectation, looks: ReadonlyMap<string, Look>): string {
  const groups = new Map<string, { ids: string[]; look: Look }>();
  for (const [id, look] of looks) {
    const key = JSON.stringify(look);
    const group = groups.get(key) ?? { ids: [], look };
    group.ids.push(id);
    groups.set(key, group);
  }
  const head = `${place}: ${tables.length} tables, ${enums.length} enums`;
  return [head, ...[...groups.values()].flatMap(formatGroup)].join("\n");
}

function formatGroup({ ids, look }: { ids: string[]; look: Look }): string[] {
  const names = ids.join(", ");
  if ("failure" in look) return [pc.red(`✗ ${names}: cannot be read`), `  ${look.failure}`];
  const { mismatches, extras } = look;
  const beyond = extras.length > 0 ? [pc.dim(`  not in the schema, and no harm: ${extras.join(", ")}`)] : [];
  if (fits(look)) return [pc.green(`✓ ${names}: fits`), ...beyond];
  const count = mismatches.length === 1 ? "1 thing does" : `${mismatches.length} things do`;
  return [
    pc.red(`✗ ${names}: ${count} not fit`),
    ...mismatches.map(({ kind, at, reason }) => `  ${pc.bold(at)} (${kind}): ${reason}.`),
    "  Change the Prisma schema, or add a migration; then run this again.",
    ...beyond,
  ];
}

/** Returns the results as plain data for machines. */
export function toPrismaJson(looks: ReadonlyMap<string, Look>) {
  return [...looks].map(([id, look]) => ({ id, ok: fits(look), ...look }));
}
