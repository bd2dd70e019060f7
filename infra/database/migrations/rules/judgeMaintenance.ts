import type { Node } from "@pgsql/types";

import type { Judges } from "./rules.ts";
import { allOf, as, nameParts, quoteName } from "./names.ts";

/** Judges of statements that read or write whole tables and change nothing in them. */
export const maintenanceJudges = {
  *VacuumStmt({ options, rels = [] }, catalogue) {
    if (!isOn(options, "full")) return;
    const names = allOf(rels, "VacuumRelation").map(({ relation }) => catalogue.nameOf(relation));
    if (names.length === 0) yield { rule: "vacuum-full", name: "every table" };
    for (const table of names) yield { rule: "vacuum-full", table, name: table };
  },

  *ReindexStmt({ kind, relation, name, params }, catalogue) {
    if (allOf(params, "DefElem").some(({ defname }) => defname === "tablespace"))
      yield { rule: "not-known-harmless", name: "REINDEX with TABLESPACE" };
    if (isOn(params, "concurrently")) return;
    const found = catalogue.nameOf(relation);
    const table = kind === "REINDEX_OBJECT_TABLE" ? found : catalogue.other(`index ${found}`)?.table;
    if (table && catalogue.isNew(table)) return;
    yield {
      rule: "reindex",
      name: relation ? found : name ? quoteName(name) : "the whole database",
      ...(table && { table }),
    };
  },

  *ClusterStmt({ relation }, catalogue) {
    const table = relation && catalogue.nameOf(relation);
    if (!table || !catalogue.isNew(table))
      yield { rule: "vacuum-full", name: table ?? "every table", ...(table && { table }) };
  },

  *LockStmt({ relations = [] }, catalogue) {
    for (const one of allOf(relations, "RangeVar")) {
      const table = catalogue.nameOf(one);
      if (!catalogue.isNew(table)) yield { rule: "lock-table", table };
    }
  },

  *RefreshMatViewStmt({ relation, concurrent }, catalogue) {
    const name = catalogue.nameOf(relation);
    if (!concurrent && !catalogue.isOwnObject(`materialized view ${name}`))
      yield { rule: "refresh-view", name, table: name };
  },
} satisfies Judges;

/** Returns whether an option is on: `(FULL)`, `(FULL true)`, and not `(FULL false)`. */
export function isOn(options: readonly Node[] | undefined, option: string): boolean {
  const last = allOf(options, "DefElem").findLast(({ defname }) => defname === option);
  if (!last) return false;
  const [truth, number] = [as(last.arg, "Boolean"), as(last.arg, "Integer")];
  if (truth) return truth.boolval === true;
  if (number) return (number.ival ?? 0) !== 0;
  return !/^(f(a(l(se?)?)?)?|off?|no?|0)$/i.test(nameParts(last.arg)[0] ?? "");
}
