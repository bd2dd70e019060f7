import { leadsToSame } from "../../infra/database/connection/databaseAddress.ts";
import type { OrchestraRow } from "../../infra/database/registry/orchestraRows.ts";
import { compareState } from "./compareState.ts";
import { drift, type Difference, type Field } from "./difference.ts";
import type { AppReading } from "./observeApp.ts";
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
  /** The status that its row must have. */
  status: "Active" | "Suspended" | "Retired";
}

export interface Comparison {
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
  /** Whether its project is not known to be paused or gone: why such a database does not answer is said already. */
  runs: boolean;
}

/** Says where an orchestra's declaration, row and database disagree. Pure; shows no secret. */
export function compareOrchestra(comparison: Comparison): Difference[] {
  const { row, rowsRead, database } = comparison;
  // Declared and not yet provisioned: one thing to say, not five.
  if (database.kind === "absent" && row === undefined && rowsRead)
    return [{ kind: "pending", field: "database", text: "declared, and not made yet" }];
  const rowDifferences = row === undefined ? missingRow(rowsRead) : compareRow(comparison, row);
  return [...rowDifferences, ...findSecondRows(comparison), ...compareDatabase(comparison), ...compareApp(comparison)];
}

function missingRow(rowsRead: boolean): Difference[] {
  return rowsRead ? [drift("row", "declared, but without a row in the main database")] : [];
}

function compareRow({ declared, expectedUrl }: Comparison, row: OrchestraRow): Difference[] {
  const compare = (field: Field, label: string, is: string, found: string | null): Difference[] =>
    is === found ? [] : [drift(field, `${label}: declared ${show(is)}, in the main database ${show(found)}`)];
  return [
    ...compare("name", "name", declared.name, row.name),
    ...compare("subdomain", "subdomain", declared.subdomain, row.subdomain),
    ...compare("contact", "contact", declared.contactName, row.contactName),
    ...compare("email", "e-mail", declared.contactEmail, row.contactEmail),
    ...compare("setupDate", "set-up date", declared.setupDate, row.setupDate),
    ...compare("status", "status", declared.status, row.status),
    ...(expectedUrl === undefined || expectedUrl === row.databaseUrl
      ? []
      : [drift("connection", "the connection URL in the main database is not the provisioned one")]),
  ];
}

/** Finds second rows, under which the app would serve the orchestra's data at another address. */
function findSecondRows({ expectedUrl, otherRows }: Comparison): Difference[] {
  if (expectedUrl === undefined) return [];
  return otherRows
    .filter(({ databaseUrl }) => databaseUrl !== null && leadsToSame(databaseUrl, expectedUrl))
    .map(({ id, subdomain }) =>
      drift("row", `a second row in the main database leads to its database: ${show(subdomain)}, id ${show(id)}`),
    );
}

function compareDatabase({ id, migrations, declared, database, runs }: Comparison): Difference[] {
  switch (database.kind) {
    case "absent":
      return [drift("database", "its database is not made yet")];
    case "unreachable":
      return runs ? [{ kind: "unseen", field: "database", text: `its database: ${database.reason}` }] : [];
    case "retired":
      return [];
    case "empty":
      return [drift("database", "its database was never migrated")];
    case "read": {
      const { owner, appRole } = database.state;
      return [
        ...(owner === id ? [] : [drift("database", `its database says that it belongs to ${owner ?? "nobody"}`)]),
        ...compareLogin(declared.passwordVersion, appRole),
        ...compareState(database.state, migrations),
      ];
    }
  }
}

/** `appRole` is the app's login, which ends with its version. */
function compareLogin(passwordVersion: number, appRole: string): Difference[] {
  if (appRole.endsWith(`_${passwordVersion}`)) return [];
  const found = appRole === "" ? "its database has no login for the app that works" : `the app's login is ${appRole}`;
  return [drift("login", `passwords: declared version ${passwordVersion}, ${found}`)];
}

function compareApp({ id, database, app }: Comparison): Difference[] {
  if (app === undefined || database.kind !== "read") return [];
  if (app.kind === "refused")
    return [drift("login", `the app's login: ${app.reason} New passwords for it: npm run orchestra -- rotate ${id}`)];
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

function show(value: string | null): string {
  return value === null ? "nothing" : `"${value}"`;
}
