import type pg from "pg";
import { UserError } from "../../errors.ts";
import { describeForeignContent } from "./foreignContent.ts";
import type { Facts } from "../connection/serverFacts.ts";
import { refuseLedgerProblems } from "../migrations/ledger.ts";
import { checkOwner, type Identity, type Owner } from "./owner.ts";
import { type OwnRecords, readOwnRecords } from "./ownRecords.ts";
import type { Migration } from "../migrations/readMigrations.ts";

export interface Observation {
  /** Undefined if this program has never migrated the database. */
  records: OwnRecords | undefined;
  /** Migrations that are not applied yet. */
  pending: Migration[];
}

/**
 * Reads the database's state, and refuses a database that must not be changed, before any statement that changes something.
 *
 * @throws {UserError} for foreign content, another owner, and migrations that were edited, removed or put before others
 */
export async function observeDatabase(
  client: pg.Client,
  facts: Facts,
  expected: Identity & { owner?: Owner | undefined; migrations: Migration[]; mayHoldOthers: boolean },
): Promise<Observation> {
  const { key, migrations } = expected;
  const records = await readOwnRecords(client, facts);
  if (!records) {
    const others = expected.mayHoldOthers ? undefined : await describeForeignContent(client);
    if (others !== undefined)
      throw new UserError(
        "foreign-content",
        `Refusing to migrate ${key}: ${others} Check the connection; give an empty database. If the app made it by other means, take it over ` +
          `as it is: ./stagesub baseline ${key} --at <the last migration it holds>`,
      );
    return { records, pending: migrations };
  }
  const { ledger, owner } = records;
  checkOwner(owner, expected, expected.owner);
  refuseLedgerProblems(key, migrations, ledger);
  return { records, pending: migrations.filter(({ file }) => !Object.hasOwn(ledger, file)) };
}
