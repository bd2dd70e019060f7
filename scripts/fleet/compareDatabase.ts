import { findLedgerProblems, type Ledger } from "../../infra/database/migrations/ledger.ts";
import type { SchemaComparison } from "../../infra/database/schema/expectedSchema.ts";
import { describeDifference, describeNotCompared } from "../../infra/database/tenant/listDrift.ts";
import { drift, type Difference } from "./difference.ts";
import type { DatabaseReading } from "./readDatabase.ts";

/** The declaration of a database, an orchestra's or a spare's, as far as its inside shows it. */
export interface DeclaredDatabase {
  /** The orchestra's id; null of a spare. */
  owner: string | null;
  /** Left out of a spare. */
  passwordVersion?: number;
  /** File → SHA-256, on disk. */
  migrations: Record<string, string>;
  /** Whether its project is not known to be paused or gone: such a database does not answer, which is reported already. */
  isRunning: boolean;
}

/** Returns the differences of a database's inside from the declaration. Pure. */
export function compareDatabase(reading: DatabaseReading, declared: DeclaredDatabase): Difference[] {
  const { owner, passwordVersion, migrations, isRunning } = declared;
  switch (reading.kind) {
    case "absent":
      return [notMade];
    case "unreachable":
      return isRunning ? [{ kind: "unseen", field: "database", text: `its database: ${reading.reason}` }] : [];
    case "retired":
      return [];
    case "empty":
      return [drift("database", "its database was never migrated")];
    case "read": {
      const { state } = reading;
      const expected = owner === null ? "; expected nobody" : "";
      return [
        ...(state.owner === owner
          ? []
          : [drift("database", `its database says that it belongs to ${state.owner ?? "nobody"}${expected}`)]),
        ...compareLogin(state.appRole, passwordVersion),
        ...compareLedger(state.migrations, migrations),
        ...state.missing.map((row) =>
          drift(row.startsWith("SystemSetting ") ? "settings" : "templates", `missing: ${row}`),
        ),
        ...state.drift.map((text) => drift("rights", `rights: ${text}`)),
        ...compareSchema(state),
      ];
    }
  }
}

export const notMade: Difference = { kind: "pending", field: "database", text: "declared, and not made yet" };

/** `appRole` is the app's login, which ends with the version of its password. */
function compareLogin(appRole: string, passwordVersion: number | undefined): Difference[] {
  const declared = passwordVersion === undefined ? "" : `passwords: declared version ${passwordVersion}, `;
  if (appRole === "") return [drift("login", `${declared}its database has no login for the app that works`)];
  return passwordVersion === undefined || appRole.endsWith(`_${passwordVersion}`)
    ? []
    : [drift("login", `${declared}the app's login is ${appRole}`)];
}

/** Returns the objects of a database that somebody changed by hand, or the reason why there is nothing to compare with. Pure. */
export function compareSchema({ differences, notCompared }: SchemaComparison): Difference[] {
  return [
    ...differences.map((difference) => drift(difference.about ?? "schema", describeDifference(difference))),
    ...describeNotCompared(notCompared).map((text) => ({ kind: "unseen" as const, field: "schema" as const, text })),
  ];
}

/** Returns the migrations on disk that a database lacks, and the applied ones that differ from those on disk. Pure. */
export function compareLedger(applied: Ledger, migrations: Record<string, string>): Difference[] {
  const files = Object.entries(migrations).map(([file, sha256]) => ({ file, sha256 }));
  const pending = files.flatMap(({ file }) => (file in applied ? [] : file));
  const text = `behind, ${pending.length} pending: ${pending.join(", ")}`;
  return [
    ...(pending.length === 0 ? [] : [{ kind: "pending" as const, field: "version" as const, text }]),
    ...findLedgerProblems(files, applied).map((problem) => drift("version", problem)),
  ];
}
