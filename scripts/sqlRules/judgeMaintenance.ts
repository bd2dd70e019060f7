import type { DefElem, Node, ReindexStmt } from "@pgsql/types";

import type { Finding, Surroundings } from "./finding.ts";
import { quoteName, relationName, words } from "./names.ts";

/** Indexes, triggers, stored results and what keeps a table in order: what locks or rewrites it outside ALTER TABLE. */
export function* judgeMaintenance(node: Node, { schema }: Surroundings): Generator<Finding> {
  const name = (relation: Parameters<typeof relationName>[0]) => relationName(relation, schema.current);
  const isOld = (table: string) => schema.ageOf(table) === "old";
  if ("IndexStmt" in node) {
    const { relation, idxname, concurrent, if_not_exists } = node.IndexStmt;
    const table = name(relation);
    const index = name({ ...relation, relname: idxname ?? "" });
    // IF NOT EXISTS on an index that is there builds nothing.
    if (concurrent || !isOld(table) || (if_not_exists && schema.indexes.has(index))) return;
    yield { rule: "index-without-concurrently", table, name: idxname ? quoteName(idxname) : `on ${table}` };
  } else if ("ReindexStmt" in node) {
    if (isOn(node.ReindexStmt.params, "concurrently")) return;
    const finding = judgeReindex(node.ReindexStmt, name(node.ReindexStmt.relation), schema.indexes);
    if (!finding.table || isOld(finding.table)) yield finding;
  } else if ("VacuumStmt" in node) {
    if (!isOn(node.VacuumStmt.options, "full")) return;
    const tables = (node.VacuumStmt.rels ?? []).map((one) =>
      name("VacuumRelation" in one ? one.VacuumRelation.relation : {}),
    );
    if (tables.length === 0) yield { rule: "vacuum-full" };
    for (const table of tables) yield { rule: "vacuum-full", table };
  } else if ("ClusterStmt" in node) {
    const table = node.ClusterStmt.relation && name(node.ClusterStmt.relation);
    if (!table || isOld(table)) yield { rule: "cluster", ...(table && { table }) };
  } else if ("LockStmt" in node) {
    for (const one of node.LockStmt.relations ?? []) {
      const table = name("RangeVar" in one ? one.RangeVar : undefined);
      if (isOld(table)) yield { rule: "lock-table", table };
    }
  } else if ("CreateTrigStmt" in node) {
    const { relation, trigname = "" } = node.CreateTrigStmt;
    if (isOld(name(relation))) yield { rule: "create-trigger", table: name(relation), name: quoteName(trigname) };
  } else if ("RuleStmt" in node) {
    const { relation, rulename = "" } = node.RuleStmt;
    if (isOld(name(relation))) yield { rule: "create-rule", table: name(relation), name: quoteName(rulename) };
  } else if ("RefreshMatViewStmt" in node) {
    const view = name(node.RefreshMatViewStmt.relation);
    const isNew = schema.ageOfObject(`materialized view ${view}`) === "new";
    if (!node.RefreshMatViewStmt.concurrent && !isNew) yield { rule: "refresh-view", name: view, table: view };
  }
}

function judgeReindex(
  { kind, name: of }: ReindexStmt,
  relation: string,
  indexes: ReadonlyMap<string, { table: string }>,
): Finding {
  if (kind === "REINDEX_OBJECT_TABLE") return { rule: "reindex", table: relation, name: relation };
  if (kind !== "REINDEX_OBJECT_INDEX") return { rule: "reindex", name: of ? quoteName(of) : "the whole database" };
  const table = indexes.get(relation)?.table;
  return { rule: "reindex", name: relation, ...(table && { table }) };
}

/** `(FULL)`, `(FULL true)`, and not `(FULL false)`. */
function isOn(options: readonly Node[] | undefined, option: string): boolean {
  const given = (options ?? [])
    .flatMap((one) => ("DefElem" in one ? [one.DefElem] : []))
    .filter(({ defname }) => defname === option);
  return given.length > 0 && !isOff(given.at(-1)!);
}

function isOff({ arg }: DefElem): boolean {
  if (!arg) return false;
  if ("Boolean" in arg) return arg.Boolean.boolval !== true;
  if ("Integer" in arg) return (arg.Integer.ival ?? 0) === 0;
  return ["false", "off"].includes(words([arg])[0]?.toLowerCase() ?? "");
}
