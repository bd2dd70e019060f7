import { leadsToSame } from "../../infra/database/connection/databaseAddress.ts";
import type { OrchestraRow } from "../../infra/database/registry/orchestraRows.ts";
import { type Difference, drift, type Field } from "./difference.ts";
import type { AppReading, DatabaseReading } from "./readDatabase.ts";
import { findLedgerProblems, type Ledger } from "../../infra/database/migrations/ledger.ts";
import type { SchemaComparison } from "../../infra/database/schema/expectedSchema.ts";
import { describeDifference, describeNotCompared } from "../../infra/database/tenant/listDrift.ts";

/** An orchestra as the stack file declares it. */
export interface DeclaredView {
  name: string;
  subdomain: string;
  host: string;
  url: string;
  contactName: string;
  contactEmail: string;
  /** YYYY-MM-DD */
  setupDate: string;
  /** "project", "adopted" or "pool-3" */
  database: string;
  canary: boolean;
  /** Version of its database's passwords. */
  passwordVersion: number;
  /** The status that its row must have. */
  status: "Active" | "Suspended" | "Retired";
}

/** An orchestra as declared and as observed. */
export interface ObservedOrchestra {
  id: string;
  /** File → SHA-256, on disk. */
  migrations: Record<string, string>;
  declared: DeclaredView;
  row: OrchestraRow | undefined;
  /** All other rows of the main database. */
  otherRows: readonly OrchestraRow[];
  /** Whether the main database could be read: without it a missing row means nothing. */
  rowsRead: boolean;
  /** The app's URL as the last `up` made it. Secret. */
  expectedUrl: string | undefined;
  database: DatabaseReading;
  /** Left out: the app's login was not tried. */
  app: AppReading | undefined;
  /** Whether its project is not known to be paused or gone. */
  isRunning: boolean;
}

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

/** Returns the differences between an orchestra's declaration, its row and its database. Pure; shows no secret. */
export function compareOrchestra(observed: ObservedOrchestra): Difference[] {
  const { id, migrations, declared, row, rowsRead, database, isRunning } = observed;
  // An orchestra that is not provisioned yet is one difference, not five.
  if (database.kind === "absent" && row === undefined && rowsRead) return [notMade];
  return [
    ...compareRow(observed),
    ...findSecondRows(observed),
    ...(database.kind === "absent"
      ? [drift("database", "its database is not made yet")]
      : compareDatabase(database, { owner: id, passwordVersion: declared.passwordVersion, migrations, isRunning })),
    ...compareApp(observed),
  ];
}

function compareRow({ declared, row, rowsRead, expectedUrl }: ObservedOrchestra): Difference[] {
  if (row === undefined) return rowsRead ? [drift("row", "declared, but without a row in the main database")] : [];
  const columns: [Field, string, string, string | null][] = [
    ["name", "name", declared.name, row.name],
    ["subdomain", "subdomain", declared.subdomain, row.subdomain],
    ["contact", "contact", declared.contactName, row.contactName],
    ["email", "e-mail", declared.contactEmail, row.contactEmail],
    ["setupDate", "set-up date", declared.setupDate, row.setupDate],
    ["status", "status", declared.status, row.status],
  ];
  return [
    ...columns
      .filter(([, , expected, found]) => expected !== found)
      .map(([field, label, expected, found]) =>
        drift(field, `${label}: declared ${quote(expected)}, in the main database ${quote(found)}`),
      ),
    ...(expectedUrl === undefined || expectedUrl === row.databaseUrl
      ? []
      : [drift("connection", "the connection URL in the main database is not the provisioned one")]),
  ];
}

/** Finds second rows, under which the app would serve the orchestra's data at another address. */
function findSecondRows({ expectedUrl, otherRows }: ObservedOrchestra): Difference[] {
  if (expectedUrl === undefined) return [];
  return otherRows
    .filter(({ databaseUrl }) => databaseUrl !== null && leadsToSame(databaseUrl, expectedUrl))
    .map(({ id, subdomain }) =>
      drift("row", `a second row in the main database leads to its database: ${quote(subdomain)}, id ${quote(id)}`),
    );
}

function compareApp({ id, database, app }: ObservedOrchestra): Difference[] {
  if (app === undefined || database.kind !== "read") return [];
  if (app.kind === "refused")
    return [drift("login", `the app's login: ${app.reason} New passwords for it: ./stagesub rotate ${id}`)];
  if (app.kind === "unreachable") return [{ kind: "unseen", field: "login", text: `as the app: ${app.reason}` }];
  // The catalogue's differences say more than what follows from them.
  if (database.state.drift.length > 0) return [];
  const wrong = [
    ...(app.reads ? [] : ["cannot read"]),
    ...(app.creates ? ["can make tables"] : []),
    ...(app.looksInside ? ["can look into the schema stagesub"] : []),
  ];
  if (wrong.length === 0) return [];
  const { appRole } = database.state;
  return [
    drift(
      "rights",
      `rights: ${appRole} ${wrong.join(", and it ")}. Its group's rights are as declared: look at what ${appRole} and PUBLIC were given by hand`,
    ),
  ];
}

function quote(value: string | null): string {
  return value === null ? "nothing" : `"${value}"`;
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
