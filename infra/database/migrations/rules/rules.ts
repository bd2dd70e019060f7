import type { Catalogue } from "./catalogue.ts";
import type { Body, Kind } from "./names.ts";
import { refuse, type Rule } from "./rule.ts";
import { warnings } from "./warnings.ts";

const destroys = refuse("destroys");
const breaks = refuse("breaks");
const exposes = refuse("exposes");
const unseen = refuse("unseen");

const unusedFirst =
  "First release an app that does not use it any more, keep a backup, and drop it in a later change that accepts this rule.";

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
  role: exposes("Makes, changes or deletes the role {name}.", "Leave roles to `pulumi up` and ./stagesub rotate."),
  replace: exposes(
    "Replaces {name}, which an earlier file made: what it guarded or computed may be gone without an error.",
    "Make the new one under another name, or say in the acceptance what stays and what changes.",
  ),

  "do-block": unseen(
    "Runs a program written into the migration, which may build statements while it runs.",
    "Write plain statements, with IF EXISTS or IF NOT EXISTS where that was the reason for the program.",
  ),
  "calls-function": unseen(
    "Runs {name}, whose body no rule reads: it may do anything.",
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

  ...warnings,
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
  /** Takes the place of `{name}` in the rule's sentence. */
  name?: string;
}

/** Judges of statements by their kind: what each breaks. */
export type Judges = { [K in Kind]?: (body: Body<K>, catalogue: Catalogue) => Generator<RuleHit> };
