import type { Rule } from "./rule.ts";

const concurrently = (what: string) =>
  `${what} CONCURRENTLY, in a file of its own whose first line is "-- no-transaction".`;
const notValid =
  "ADD CONSTRAINT … NOT VALID now, which only judges new rows, and VALIDATE CONSTRAINT in a later change, which stops nobody.";

/** What makes others wait, longer the more rows there are. */
export const locking = {
  "index-without-concurrently": {
    effect: "locks",
    refused: false,
    says: "Builds the index {name} while nobody can change a row of {table}.",
    why: "It reads every row; those who write wait until it, and the whole migration after it, is done.",
    instead: concurrently("CREATE INDEX"),
  },
  "drop-index": {
    effect: "locks",
    refused: false,
    says: "Drops the index {name}: nobody can use its table until the whole migration is done, and searches that used it are slow from then on.",
    why: "It waits for every query that runs, and everybody else waits behind it. A unique index is a check that goes.",
    instead: concurrently("DROP INDEX"),
  },
  reindex: {
    effect: "locks",
    refused: false,
    says: "Builds indexes of {name} again, while nobody can change a row there.",
    why: "It reads every row; those who write wait, and those who would search by that index too.",
    instead: concurrently("REINDEX"),
  },
  "set-not-null": {
    effect: "locks",
    refused: false,
    says: "Demands a value in {name} of {table}: every row is read, and nobody can use the table meanwhile; a row without one makes it fail.",
    why: "The stronger the lock, the more stand still: here everybody.",
    instead:
      "Add CHECK (… IS NOT NULL) NOT VALID, VALIDATE it in a later change, and set NOT NULL after that: then no row is read.",
  },
  "foreign-key-validates": {
    effect: "locks",
    refused: false,
    says: "Adds the foreign key {name}: every row of {table} is looked up, and nobody can change one, or one of the other table, meanwhile.",
    why: "It stops writing on two tables at once.",
    instead: notValid,
  },
  "check-validates": {
    effect: "locks",
    refused: false,
    says: "Adds the check {name}: every row of {table} is read, and nobody can use the table meanwhile.",
    why: "A row that does not keep to it makes the migration fail; until then everybody waits.",
    instead: notValid,
  },
  "validate-at-once": {
    effect: "locks",
    refused: false,
    says: "Checks the rows of {table} against {name} in the same transaction that added it, so its lock is held all the while.",
    why: "All files that are pending run in one transaction: NOT VALID gains nothing when both come together.",
    instead: "Put VALIDATE CONSTRAINT into a later change, which is applied once this one is everywhere.",
  },
  "unique-without-index": {
    effect: "locks",
    refused: false,
    says: "Adds the rule that {name} is unique: an index over every row of {table} is built while nobody can use it.",
    why: "Two equal rows make the migration fail; until then everybody waits.",
    instead:
      "CREATE UNIQUE INDEX CONCURRENTLY in a file of its own, then ADD CONSTRAINT … UNIQUE USING INDEX in a later one.",
  },
  "primary-key-without-index": {
    effect: "locks",
    refused: false,
    says: "Adds a primary key: an index over every row of {table} is built while nobody can use it.",
    why: "Two equal rows or an empty value make the migration fail; until then everybody waits.",
    instead:
      "CREATE UNIQUE INDEX CONCURRENTLY in a file of its own, then ADD CONSTRAINT … PRIMARY KEY USING INDEX in a later one.",
  },
  "add-exclude": {
    effect: "locks",
    refused: false,
    says: "Adds the rule {name} that no two rows of {table} may collide: every row is compared while nobody can use the table.",
    why: "It cannot be added without reading every row under the strongest lock.",
    instead: "Do it at an hour when nobody works, or make it on a new table and copy the rows over.",
  },
  "lock-table": {
    effect: "locks",
    refused: false,
    says: "Locks {table} by hand until the whole migration is done.",
    why: "Everybody who asks for it waits, and may wait for each other.",
    instead: "Leave it out: each statement takes the lock that it needs.",
  },
  "create-trigger": {
    effect: "locks",
    refused: false,
    says: "Adds the trigger {name}: nobody can change a row of {table} until the whole migration is done, and from then on it runs at each change.",
    why: "The lock is short by itself, and lasts as long as the rest of the migration.",
    instead: "Keep it in a migration that does nothing long besides.",
  },
  "create-rule": {
    effect: "locks",
    refused: false,
    says: "Adds the rewrite rule {name}: nobody can use {table} until the migration is done, and its statements mean something else from then on.",
    why: "A rule changes what the app's own statements do.",
    instead: "A trigger, or a view.",
  },
  "refresh-view": {
    effect: "locks",
    refused: false,
    says: "Computes the stored result {name} again, while nobody can read it.",
    why: "Readers wait as long as its query takes.",
    instead: "REFRESH MATERIALIZED VIEW CONCURRENTLY, which needs a unique index on it.",
  },
  "attach-partition": {
    effect: "locks",
    refused: false,
    says: "Makes a table part of {table}: every row of it is read while nobody can use it.",
    why: "Each row must be known to belong there.",
    instead: "Add a CHECK of the partition's bounds first, NOT VALID and validated later: then no row is read.",
  },
  "domain-constraint": {
    effect: "locks",
    refused: false,
    says: "Adds a check to the type {name}: every row of all tables that use it is read, and nobody can change one meanwhile.",
    why: "It names none of the tables that it stops.",
    instead: "ALTER DOMAIN … ADD CONSTRAINT … NOT VALID now, VALIDATE CONSTRAINT in a later change.",
  },
} as const satisfies Record<string, Rule>;
