import type { Rule } from "./rule.ts";

/** What nobody can judge from the file. */
export const unseen = {
  "do-block": {
    effect: "unseen",
    refused: true,
    says: "Runs a program written into the migration; what it does cannot be read from outside.",
    why: "It may build statements while it runs, so no check of this file sees them.",
    instead: "Write plain statements, with IF EXISTS or IF NOT EXISTS where that was the reason for the program.",
  },
  execute: {
    effect: "unseen",
    refused: true,
    says: "Runs the prepared statement {name} by its name.",
    why: "What stands behind the name may come from elsewhere.",
    instead: "Write the statement itself.",
  },
  call: {
    effect: "unseen",
    refused: true,
    says: "Runs the procedure {name}; what it does stands elsewhere.",
    why: "A procedure may change or delete anything, and commit in between.",
    instead: "Write the statements themselves.",
  },
  "select-function": {
    effect: "unseen",
    refused: true,
    says: "Runs the function {name}; what it does stands elsewhere.",
    why: "A SELECT in a migration is there for what its function does, and a function may change or delete anything.",
    instead: "Write the statements themselves.",
  },
  "copy-program": {
    effect: "unseen",
    refused: true,
    says: "Runs a program on the database's machine.",
    why: "What the program does is not in this file.",
    instead: "Load data with INSERT.",
  },
  "idle-acceptance": {
    effect: "unseen",
    refused: true,
    says: "This comment accepts {name}, and the statement below it breaks no such rule.",
    why: "An acceptance that covers nothing is a slip, or waits for what is to come.",
    instead:
      "Remove it, or put it right above the statement that it is for, with the rule's name from docs/sql-rules.md.",
  },
  "acceptance-without-reason": {
    effect: "unseen",
    refused: true,
    says: "This comment accepts {name} without saying why.",
    why: "Whoever reads it later must know why it was fine.",
    instead: "Write it as: -- accept: <rule>: <reason>",
  },
} as const satisfies Record<string, Rule>;
