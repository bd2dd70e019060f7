import { findLedgerProblems, type Ledger } from "../../infra/database/migrations/ledger.ts";
import { describeDifference, describeNotCompared } from "../../infra/database/tenant/listDrift.ts";
import type { SchemaComparison } from "../../infra/database/schema/expectedSchema.ts";
import type { OrchestraDatabaseState } from "../../infra/database/tenant/orchestraState.ts";
import { drift, type Difference } from "./difference.ts";

/** Says where the inside of a database, an orchestra's or a spare's, is not as the last run left it. Pure. */
export function compareState(state: OrchestraDatabaseState, migrations: Record<string, string>): Difference[] {
  return [
    ...compareLedger(state.migrations, migrations),
    ...state.missing.map((row) =>
      drift(row.startsWith("SystemSetting ") ? "settings" : "templates", `missing: ${row}`),
    ),
    ...state.drift.map((text) => drift("rights", `rights: ${text}`)),
    ...compareSchema(state),
  ];
}

/** Says what was changed by hand in a database of ours, or that there is nothing to compare with. Pure. */
export function compareSchema({ differences, notCompared }: SchemaComparison): Difference[] {
  return [
    ...differences.map((difference) => drift(difference.about ?? "schema", describeDifference(difference))),
    ...describeNotCompared(notCompared).map((text) => ({ kind: "unseen" as const, field: "schema" as const, text })),
  ];
}

/** Says which migrations on disk a database lacks, and which of the applied ones are not those on disk. Pure. */
export function compareLedger(applied: Ledger, migrations: Record<string, string>): Difference[] {
  const files = Object.entries(migrations).map(([file, sha256]) => ({ file, sha256 }));
  const pending = files.filter(({ file }) => !(file in applied)).map(({ file }) => file);
  return [
    ...(pending.length === 0
      ? []
      : [
          {
            kind: "pending" as const,
            field: "version" as const,
            text: `behind, ${pending.length} pending: ${pending.join(", ")}`,
          },
        ]),
    ...findLedgerProblems(files, applied).map((text) => drift("version", text)),
  ];
}
