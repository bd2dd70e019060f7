import type { Rule } from "./rule.ts";

const expandAndContract =
  "Add the new name beside the old one, release an app that uses it, and drop the old one in a later change.";

/** What breaks the app that runs, or lets in whom it should not. */
export const exposing = {
  "rename-table": {
    effect: "breaks",
    refused: true,
    says: "Renames the table {name}: the app that runs at that moment no longer finds it.",
    why: "App and database never change in the same instant, least of all over a whole fleet.",
    instead: expandAndContract,
  },
  "rename-column": {
    effect: "breaks",
    refused: true,
    says: "Renames the column {name} of {table}: the app that runs at that moment no longer finds it.",
    why: "App and database never change in the same instant, least of all over a whole fleet.",
    instead: expandAndContract,
  },
  "rename-type": {
    effect: "breaks",
    refused: true,
    says: "Renames the type {name}: queries of the running app that name it fail.",
    why: "A client such as Prisma writes the names of enums into its queries.",
    instead: "Leave the name in the database, and map it in the app (@@map).",
  },
  "rename-value": {
    effect: "breaks",
    refused: true,
    says: "Renames a value of the type {name}: the running app neither knows the new one nor may write the old one.",
    why: "Every row that holds it changes its meaning for the app at once.",
    instead: "ALTER TYPE … ADD VALUE for the new one, move the rows once the app knows both.",
  },
  "rename-object": {
    effect: "breaks",
    refused: true,
    says: "Renames {name}: whoever uses the old name fails.",
    why: "App and database never change in the same instant.",
    instead: expandAndContract,
  },
  "move-schema": {
    effect: "breaks",
    refused: true,
    says: "Moves {name} into another schema: whoever uses the old place fails.",
    why: "The app looks in `public` alone, and verification expects the tables there.",
    instead: "Leave it where it is.",
  },
  "not-null-without-default": {
    effect: "breaks",
    refused: true,
    says: "Adds the column {name}, which must have a value and is given none: it fails as soon as {table} has a row.",
    why: "It works on an empty table only, so it passes every test and fails at the first real orchestra.",
    instead: "Give it a DEFAULT, or add it without NOT NULL, fill it, and demand it in a later change.",
  },
  "detach-partition": {
    effect: "breaks",
    refused: true,
    says: "Takes a part out of the table {table}: its rows are no longer found there.",
    why: "To the app the rows are gone, although they are still stored.",
    instead:
      "Say in the acceptance where the rows are found from now on; DETACH PARTITION … CONCURRENTLY keeps others from waiting.",
  },
  "change-owner": {
    effect: "breaks",
    refused: true,
    says: "Gives {name} to another owner, who may do everything with it.",
    why: "Later migrations run as the role that owns everything; what it does not own it cannot change.",
    instead: "Leave what migrations make to the role that runs them, and grant rights instead.",
  },
  "disable-row-security": {
    effect: "exposes",
    refused: true,
    says: "Turns off the rules that say who sees which rows of {table}.",
    why: "Everybody who may read the table then reads all of it.",
    instead: "Leave it on, and make a policy for whom it stops.",
  },
  "disable-trigger": {
    effect: "exposes",
    refused: true,
    says: "Turns off triggers of {table}; for ALL that includes the checks of foreign keys.",
    why: "What they guard or log is neither guarded nor logged, and nobody checks afterwards what came in.",
    instead: "Leave them on. Where they hinder a repair, say in the acceptance what it leaves behind.",
  },
  "grant-to-everybody": {
    effect: "exposes",
    refused: true,
    says: "Gives rights on {name} to PUBLIC, anon or authenticated: on Supabase that is anybody who has the address.",
    why: "The app connects with a role of its own; nobody else needs any right here.",
    instead: "Grant to the one role that needs it; the app's role gets its rights from `pulumi up`.",
  },
  "default-privileges": {
    effect: "exposes",
    refused: true,
    says: "Gives rights on everything that will ever be made here, not only on what is there now.",
    why: "Later migrations open their tables without saying so.",
    instead: "Grant on each table where it is made.",
  },
  "replace-loses": {
    effect: "exposes",
    refused: true,
    says: "Replaces {name}, and the new text no longer says what the old one did about who may do what with it.",
    why: "CREATE OR REPLACE keeps nothing that it does not repeat, and fails nowhere.",
    instead: "Repeat it (SECURITY DEFINER, SET search_path, security_invoker …), or say in the acceptance why it goes.",
  },
} as const satisfies Record<string, Rule>;
