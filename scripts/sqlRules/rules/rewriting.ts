import type { Rule } from "./rule.ts";

const besideIt =
  "Add a new column beside it, fill it bit by bit, let the app use it, and drop the old one in a later change. A small table is written in an instant.";
const shut =
  "Nobody can read or write the table until it is done, which takes as long as writing it from the beginning.";

/** What writes every row again while the table is shut. */
export const rewriting = {
  "change-column-type": {
    effect: "rewrites",
    refused: false,
    says: "Changes the type of {name} of {table}: every row is written again, and the app waits meanwhile.",
    why: shut,
    instead: besideIt,
  },
  "volatile-default": {
    effect: "rewrites",
    refused: false,
    says: "Adds the column {name} with a value that is computed for each row: every row of {table} is written again.",
    why: `${shut} A fixed value, or now(), costs nothing.`,
    instead:
      "Add the column without a default, set the default in a second action, and fill the rows that are there bit by bit.",
  },
  "serial-column": {
    effect: "rewrites",
    refused: false,
    says: "Adds the counting column {name}: every row of {table} is written again to get its number.",
    why: shut,
    instead: "Add the column empty, number the rows bit by bit, then add the counter.",
  },
  "stored-column": {
    effect: "rewrites",
    refused: false,
    says: "Adds or changes the computed column {name}: every row of {table} is written again.",
    why: shut,
    instead: "Compute it in a view or in the query, or fill an ordinary column bit by bit and keep it with a trigger.",
  },
  "vacuum-full": {
    effect: "rewrites",
    refused: false,
    says: "Writes {table} again from the beginning to save space, while nobody can use it.",
    why: shut,
    instead: "Plain VACUUM, which stops nobody.",
  },
  cluster: {
    effect: "rewrites",
    refused: false,
    says: "Sorts {table} by writing it again, while nobody can use it.",
    why: shut,
    instead: "Leave it out: the order is lost with the next changes anyway.",
  },
  "set-tablespace": {
    effect: "rewrites",
    refused: false,
    says: "Moves {table} to another place on the disk, while nobody can use it.",
    why: `${shut} Supabase has one tablespace.`,
    instead: "Leave it where it is.",
  },
  "set-logged": {
    effect: "rewrites",
    refused: false,
    says: "Changes whether {table} survives a crash (LOGGED, UNLOGGED): every row is written again, and an unlogged table is empty after a crash.",
    why: shut,
    instead: "Leave tables logged.",
  },
  "set-access-method": {
    effect: "rewrites",
    refused: false,
    says: "Changes how {table} is stored: every row is written again.",
    why: shut,
    instead: "Leave it as it is.",
  },
} as const satisfies Record<string, Rule>;
