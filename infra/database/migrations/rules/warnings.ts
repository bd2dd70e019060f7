import { type Rule, warn } from "./rule.ts";

const rewrites = warn("rewrites");
const locks = warn("locks");

const concurrently = (what: string) =>
  `${what} CONCURRENTLY, in a file of its own whose first line is "-- no-transaction".`;
const notValid = "Add it NOT VALID now, and VALIDATE CONSTRAINT in a later change, which stops nobody.";

/** The rules that warn: others wait, or something is harder to see. */
export const warnings = {
  "change-default": warn("breaks")(
    "Gives {name} of {table} another default: new rows of the running app mean something else from then on.",
    "Let the app give the new value itself.",
  ),
  "may-replace": warn("exposes")(
    "Replaces {name} where there is one, with all that guarded it.",
    "CREATE without OR REPLACE, which fails where there is one.",
  ),
  "copy-rows": warn("breaks")(
    "Adds as many rows to {table} as its query finds, and again if they are there already.",
    "ON CONFLICT DO NOTHING over a unique key.",
  ),
  "fill-nulls": rewrites(
    "Writes one value into {name} of {table} wherever there is none: afterwards nobody can tell the two apart.",
    "Give new rows the value by DEFAULT, and leave old ones as they are.",
  ),
  "check-on-new-rows": warn("breaks")(
    "Adds the check {name}, which every row that the running app writes into {table} must pass from then on.",
    "Make sure that the app that runs already keeps to it.",
  ),
  cascades: warn("breaks")(
    "Takes rows of {table} along, by {name}, when the running app deletes those that they point at.",
    "Add the foreign key without ON DELETE, and let the app delete what it means to.",
  ),
  "drop-not-null": warn("breaks")(
    "Lets rows of {table} lack a value of {name}: the running app may count on one.",
    "Release an app that knows what to do without it first.",
  ),
  "rewrite-table": rewrites(
    "Writes every row of {table} again while nobody can use it: {name}.",
    "Add a column without a value, and fill it in a later change.",
  ),

  "index-without-concurrently": locks(
    "Builds the index {name} while nobody can change a row of {table}.",
    concurrently("CREATE INDEX"),
  ),
  "drop-index": locks(
    "Drops the index {name}: its table waits until the migration is done, and searches that used it are slow from then on.",
    concurrently("DROP INDEX"),
  ),
  reindex: locks("Builds indexes of {name} again, while nobody can change a row there.", concurrently("REINDEX")),
  "set-not-null": locks(
    "Demands a value in {name} of {table}: every row is read while nobody can use the table, and one without a value makes it fail.",
    "Add CHECK (… IS NOT NULL) NOT VALID, VALIDATE it in a later change, then SET NOT NULL and drop the check: no row is read.",
  ),
  "foreign-key-validates": locks(
    "Adds the foreign key {name}: every row of {table} is looked up while nobody can change one, or one of the other table.",
    notValid,
  ),
  "check-validates": locks("Adds the check {name}: every row of {table} is read while nobody can use it.", notValid),
  "validate-at-once": locks(
    "Checks the rows of {table} against {name} in the transaction that added it, so that its lock is held all the while.",
    "Put VALIDATE CONSTRAINT into a later change, which is applied once this one is everywhere.",
  ),
  "unique-builds-index": locks(
    "Makes {name} unique: an index over every row of {table} is built while nobody can use it.",
    "CREATE UNIQUE INDEX CONCURRENTLY in a file of its own, then ADD CONSTRAINT … USING INDEX in a later one.",
  ),
  "add-exclude": locks(
    "Adds the rule {name} that no two rows of {table} may collide: every row is compared while nobody can use it.",
    "Do it at an hour when nobody works.",
  ),
  "lock-table": locks(
    "Locks {table} by hand until the migration is done.",
    "Leave it out: each statement locks what it needs.",
  ),
  "create-trigger": locks(
    "Adds the trigger {name}: {table} waits until the migration is done, and the trigger runs at each change from then on.",
    "Keep it in a migration that does nothing long besides.",
  ),
  "refresh-view": locks(
    "Computes {name} again, while nobody can read it.",
    "REFRESH MATERIALIZED VIEW CONCURRENTLY, which needs a unique index on it.",
  ),
  "attach-partition": locks(
    "Makes a table with rows a part of {table}: every row of it is read.",
    "Add a CHECK of the partition's bounds first, NOT VALID and validated later: then no row is read.",
  ),
  "domain-constraint": locks(
    "Adds a check to the type {name}: every row of all tables that use it is read, and nobody can change one meanwhile.",
    notValid,
  ),
  "vacuum-full": locks("Writes {name} anew while nobody can use it.", "VACUUM without FULL, in a file of its own."),
} as const satisfies Record<string, Rule>;
