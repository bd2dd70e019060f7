import type { Catalogue } from "./catalogue.ts";
import type { Body, Kind } from "./names.ts";
import { refuse, type Rule, warn } from "./rule.ts";

const destroys = refuse("destroys");
const breaks = refuse("breaks");
const exposes = refuse("exposes");
const unseen = refuse("unseen");
const rewrites = warn("rewrites");
const locks = warn("locks");

const unusedFirst =
  "First release an app that does not use it any more, keep a backup, and drop it in a later change that accepts this rule.";
const concurrently = (what: string) =>
  `${what} CONCURRENTLY, in a file of its own whose first line is "-- no-transaction".`;
const notValid = "Add it NOT VALID now, and VALIDATE CONSTRAINT in a later change, which stops nobody.";

/** Every rule, by the name that `-- accept: <rule>: <reason>` uses. */
export const rules = {
  "drop-table": destroys("Deletes the table {name} with every row in it.", unusedFirst),
  "drop-column": destroys("Deletes the column {name} of {table} with every value in it.", unusedFirst),
  "drop-object": destroys(
    "Deletes {name}: whatever uses it fails or behaves differently, and one made again by its name has lost its rights.",
    "Leave it until nothing uses it, and say in the acceptance how that is known.",
  ),
  "delete-rows": destroys(
    "Deletes rows of {table}; no rule can tell which rows a condition will meet.",
    "Say in the acceptance which rows go, and how many were counted.",
  ),
  "overwrite-rows": destroys(
    "Overwrites {name} in rows of {table}: the old values come back from a backup alone.",
    "Write into a column that the same file adds, or say in the acceptance why the old values are not needed.",
  ),
  "narrow-type": destroys(
    "Changes the type of {name} of {table} to one that may cut or round its values without a word.",
    "Add a column of the new type beside it, compare the two, and drop the old one later.",
  ),
  "move-sequence": destroys(
    "Moves the counter {name}, also where the migration is rolled back: numbers may be handed out twice.",
    "Leave counters to the inserts; set one only in the file that makes it, with START.",
  ),

  rename: breaks(
    "Renames or moves {name}: the app that runs at that moment no longer finds it.",
    "Add the new name beside the old one, release an app that uses it, and drop the old one in a later change.",
  ),
  "required-column": breaks(
    "Adds the column {name}, which must have a value and is given none: it fails as soon as {table} has a row.",
    "Give it a DEFAULT, or add it without NOT NULL, fill it, and demand it in a later change.",
  ),
  "drop-default": breaks(
    "Takes away the default of {name} of {table}: rows that the app inserts without it fail, or lack a value.",
    "Release an app that always gives the value first.",
  ),
  "change-default": warn("breaks")(
    "Gives {name} of {table} another default: new rows of the running app mean something else from then on.",
    "Let the app give the new value itself.",
  ),
  "drop-check": destroys(
    "Takes away the check {name} of {table}: wrong rows are no longer refused, and may make it impossible to put back.",
    "Add its successor first, and say in the acceptance why wrong rows cannot come.",
  ),
  "restrict-rows": breaks(
    "Hides rows of {table} from the app, or refuses its changes: {name}.",
    "Turn row security on in the file that makes the table; the app's role owns nothing, so policies hold for it.",
  ),
  revoke: breaks(
    "Takes rights on {name} away: whoever relies on them fails.",
    "Leave the app's rights to `pulumi up`.",
  ),
  "detach-partition": breaks(
    "Takes a part out of {table}: its rows are no longer found there.",
    "Say in the acceptance where the rows are found from now on. A file of its own, with CONCURRENTLY, stops nobody meanwhile.",
  ),

  "grant-to-everybody": exposes(
    "Gives rights on {name} to PUBLIC, anon or authenticated: on Supabase that is anybody who has the address.",
    "Grant to the one role that needs it; the app's role gets its rights from `pulumi up`.",
  ),
  "grant-more": exposes(
    "Gives more rights on {name} than reading and writing rows, or to roles as members.",
    "Grant SELECT, INSERT, UPDATE or DELETE by name; roles belong to the program.",
  ),
  "default-privileges": exposes(
    "Changes the rights on everything that will ever be made here, not only on what is there now.",
    "Grant on each table where it is made.",
  ),
  "open-policy": exposes(
    "Opens rows of {table} by the policy {name}.",
    "Make policies in the file that makes the table, and for a role that has to log in.",
  ),
  "make-administrator": exposes(
    "Writes into {table} who may do what ({name}).",
    "Let an administrator do it in the app, where it is logged.",
  ),
  "change-security": exposes(
    "Changes who may do what, or what guards it: {name}.",
    "Leave the guard as it is, or say in the acceptance who is let in.",
  ),
  "definer-without-search-path": exposes(
    "Makes the function {name} run with its owner's rights and the caller's search_path: a caller can have it run code of their own.",
    "SECURITY INVOKER, or SET search_path = '' and names with their schema.",
  ),
  "change-owner": exposes(
    "Gives {name} to another owner, who may do everything with it, and takes it from the role that migrates.",
    "Leave what migrations make to the role that runs them, and grant rights instead.",
  ),
  role: exposes(
    "Makes, changes or deletes the role {name}.",
    "Leave roles to `pulumi up` and npm run orchestra -- rotate.",
  ),
  replace: exposes(
    "Replaces {name}, which an earlier file made: what it guarded or computed may be gone without an error.",
    "Make the new one under another name, or say in the acceptance what stays and what changes.",
  ),

  "do-block": unseen(
    "Runs a program written into the migration, which may build statements while it runs.",
    "Write plain statements, with IF EXISTS or IF NOT EXISTS where that was the reason for the program.",
  ),
  "calls-function": unseen(
    "Runs {name}; what it does stands elsewhere, and may be anything.",
    "Write the statements themselves.",
  ),
  "unseen-trigger": unseen(
    "Has a function that stands elsewhere run at each change of {table} by the app ({name}).",
    "Make the trigger's function in the same file.",
  ),
  "session-setting": unseen(
    "Changes the setting {name}: what follows means something else.",
    "Leave it out. Names with their schema need no search_path; time limits may be set, but not to 0.",
  ),
  "server-wide": unseen(
    "Makes or changes {name}, which reaches beyond this database's own tables.",
    "Do it by hand where it is meant, or say in the acceptance why each orchestra needs it.",
  ),
  "copy-data": unseen(
    "COPY moves data from or to a place outside this file: {name}.",
    "Load rows with INSERT; rows behind COPY … FROM stdin are psql's, and are no SQL.",
  ),
  "psql-command": unseen(
    "{name} is a command of psql and no SQL: the server would not take it.",
    "Remove it, and write in SQL what it stands for.",
  ),
  "transaction-control": unseen(
    "{name} ends or opens a transaction: what stands before it would stay although what follows fails.",
    "Remove it: all pending migrations run in one transaction, which the program opens and closes.",
  ),
  "section-mark": unseen("{name}.", "Write it as a comment of its own, at the beginning of its line."),
  unreadable: unseen("PostgreSQL 17 cannot read this: {name}", "Mend it, then ask again."),
  "not-known-harmless": unseen(
    "Holds what is not among the statements known to be harmless: {name}.",
    "Say in the acceptance what it does to rows, rights and the running app.",
  ),
  "idle-acceptance": unseen(
    "This comment accepts {name}, and the statement below it breaks no such rule.",
    "Remove it, or put it right above the statement that it is for, with the rule's name from docs/sql-rules.md.",
  ),
  "acceptance-without-reason": unseen(
    "This comment accepts {name} without saying why.",
    "Write it as: -- accept: <rule>: <reason>",
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
  "check-validates": locks(
    "Adds the check {name}: every row of {table} is read while nobody can use the table.",
    notValid,
  ),
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

export type RuleName = keyof typeof rules;

export function isRule(name: string): name is RuleName {
  return Object.hasOwn(rules, name);
}

/** A rule that a statement breaks. */
export interface RuleHit {
  rule: RuleName;
  /** The table whose rows count, with its schema. */
  table?: string;
  /** What the rule's sentence calls `{name}`. */
  name?: string;
}

/** Judges of statements by their kind: what each breaks. */
export type Judges = { [K in Kind]?: (body: Body<K>, catalogue: Catalogue) => Generator<RuleHit> };
