import type { ClusterStmt, LockStmt, Node, RefreshMatViewStmt, ReindexStmt, VacuumStmt } from "@pgsql/types";

import type { Catalogue } from "./catalogue.ts";
import type { RuleHit } from "./rules.ts";
import { nameParts, quoteName } from "./names.ts";

/** What reads or writes whole tables and changes nothing in them. */
export const maintenanceJudges = {
  VacuumStmt: judgeVacuum,
  ReindexStmt: judgeReindex,
  ClusterStmt: judgeCluster,
  LockStmt: judgeLock,
  RefreshMatViewStmt: judgeRefresh,
};

function* judgeVacuum({ options, rels = [] }: VacuumStmt, catalogue: Catalogue): Generator<RuleHit> {
  if (!isOn(options, "full")) return;
  const names = rels.map((one) => ("VacuumRelation" in one ? catalogue.nameOf(one.VacuumRelation.relation) : ""));
  if (names.length === 0) yield { rule: "vacuum-full", name: "every table" };
  for (const table of names) yield { rule: "vacuum-full", table, name: table };
}

function* judgeReindex({ kind, relation, name, params }: ReindexStmt, catalogue: Catalogue): Generator<RuleHit> {
  if (isOn(params, "concurrently")) return;
  const found = catalogue.nameOf(relation);
  const table = kind === "REINDEX_OBJECT_TABLE" ? found : catalogue.other(`index ${found}`)?.table;
  if (table && catalogue.isNew(table)) return;
  yield {
    rule: "reindex",
    name: relation ? found : name ? quoteName(name) : "the whole database",
    ...(table && { table }),
  };
}

function* judgeCluster({ relation }: ClusterStmt, catalogue: Catalogue): Generator<RuleHit> {
  const table = relation && catalogue.nameOf(relation);
  if (!table || !catalogue.isNew(table))
    yield { rule: "vacuum-full", name: table ?? "every table", ...(table && { table }) };
}

function* judgeLock({ relations = [] }: LockStmt, catalogue: Catalogue): Generator<RuleHit> {
  for (const one of relations) {
    const table = catalogue.nameOf("RangeVar" in one ? one.RangeVar : undefined);
    if (!catalogue.isNew(table)) yield { rule: "lock-table", table };
  }
}

function* judgeRefresh({ relation, concurrent }: RefreshMatViewStmt, catalogue: Catalogue): Generator<RuleHit> {
  const name = catalogue.nameOf(relation);
  if (!concurrent && !catalogue.isOwnObject(`materialized view ${name}`))
    yield { rule: "refresh-view", name, table: name };
}

/** `(FULL)`, `(FULL true)`, and not `(FULL false)`. */
function isOn(options: readonly Node[] | undefined, option: string): boolean {
  const given = (options ?? []).flatMap((one) =>
    "DefElem" in one && one.DefElem.defname === option ? [one.DefElem] : [],
  );
  const last = given.at(-1);
  if (!last) return false;
  const { arg } = last;
  if (arg && "Boolean" in arg) return arg.Boolean.boolval === true;
  if (arg && "Integer" in arg) return (arg.Integer.ival ?? 0) !== 0;
  return !["false", "off"].includes(nameParts(arg)[0]?.toLowerCase() ?? "");
}
