import { findLedgerProblems } from "../../infra/database/ledger.ts";
import { describeDifference } from "../../infra/database/listDrift.ts";
import type { OrchestraRow } from "../../infra/database/orchestraRows.ts";
import type { Plan } from "../../infra/plan/planStack.ts";
import type { DatabaseReading } from "./readDatabase.ts";

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
  /** What its row has to say. */
  status: "Active" | "Suspended" | "Retired";
}

/** One thing that is not as declared. */
export interface Difference {
  field:
    | "name"
    | "subdomain"
    | "contact"
    | "email"
    | "setupDate"
    | "status"
    | "connection"
    | "version"
    | "database"
    | "row"
    | "login"
    | "rights"
    | "seeds"
    | "schema";
  text: string;
}

export interface Comparison {
  id: string;
  plan: Pick<Plan, "migrations">;
  declared: DeclaredView;
  row: OrchestraRow | undefined;
  /** Whether the main database could be read: without it a missing row means nothing. */
  rowsRead: boolean;
  /** The app's URL as the last `up` made it. Secret. */
  expectedUrl: string | undefined;
  database: DatabaseReading;
}

/** Says where an orchestra's declaration, row and database disagree. Shows no secret. */
export function findDifferences(comparison: Comparison): Difference[] {
  const { declared, row, rowsRead, expectedUrl, database } = comparison;
  // Declared and not yet provisioned: one thing to say, not five.
  if (database.kind === "absent" && row === undefined && rowsRead)
    return [{ field: "database", text: "declared, and not made yet: `pulumi up` makes it" }];
  const rowDifferences = row === undefined ? missingRow(rowsRead) : compareRow(declared, row, expectedUrl);
  return [...rowDifferences, ...inspectReading(comparison)];
}

function missingRow(rowsRead: boolean): Difference[] {
  return rowsRead ? [{ field: "row", text: "declared, but without a row in the main database" }] : [];
}

function compareRow(declared: DeclaredView, row: OrchestraRow, expectedUrl: string | undefined): Difference[] {
  const compare = (field: Difference["field"], label: string, is: string, found: string | null): Difference[] =>
    is === found ? [] : [{ field, text: `${label}: declared ${show(is)}, in the main database ${show(found)}` }];
  const url =
    expectedUrl === undefined || expectedUrl === row.databaseUrl
      ? []
      : [{ field: "connection" as const, text: "the connection URL in the main database is not the provisioned one" }];
  return [
    ...compare("name", "name", declared.name, row.name),
    ...compare("subdomain", "subdomain", declared.subdomain, row.subdomain),
    ...compare("contact", "contact", declared.contactName, row.contactName),
    ...compare("email", "e-mail", declared.contactEmail, row.contactEmail),
    ...compare("setupDate", "set-up date", declared.setupDate, row.setupDate),
    ...compare("status", "status", declared.status, row.status),
    ...url,
  ];
}

function inspectReading({ id, plan, declared, database }: Comparison): Difference[] {
  switch (database.kind) {
    case "absent":
      return [{ field: "database", text: "its database is not made yet" }];
    case "unreachable":
      return [{ field: "database", text: `its database cannot be read: ${database.reason}` }];
    case "retired":
      return [];
    case "empty":
      return [{ field: "database", text: "its database was never migrated" }];
    case "read": {
      const { migrations, owner, appRole, missing, drift, differences } = database.state;
      const files = Object.entries(plan.migrations).map(([file, sha256]) => ({ file, sha256 }));
      const pending = files.filter(({ file }) => !(file in migrations)).map(({ file }) => file);
      return [
        ...(owner === id
          ? []
          : [{ field: "database" as const, text: `its database says that it belongs to ${owner ?? "nobody"}` }]),
        ...(pending.length === 0
          ? []
          : [{ field: "version" as const, text: `behind, ${pending.length} pending: ${pending.join(", ")}` }]),
        ...findLedgerProblems(files, migrations).map((text) => ({ field: "version" as const, text })),
        ...compareLogin(declared.passwordVersion, appRole),
        ...missing.map((row) => ({ field: "seeds" as const, text: `missing: ${row}` })),
        ...drift.map((text) => ({ field: "rights" as const, text: `rights: ${text}` })),
        ...differences.map((difference) => ({ field: "schema" as const, text: describeDifference(difference) })),
      ];
    }
  }
}

/** `appRole` is the app's login, which ends with its version. */
function compareLogin(passwordVersion: number, appRole: string): Difference[] {
  if (appRole.endsWith(`_${passwordVersion}`)) return [];
  const found = appRole === "" ? "its database has no login for the app that works" : `the app's login is ${appRole}`;
  return [{ field: "login", text: `passwords: declared version ${passwordVersion}, ${found}` }];
}

function show(value: string | null): string {
  return value === null ? "nothing" : `"${value}"`;
}
