/** Every code of an error or a notice: its meaning and the remedy. docs/errors.md is generated from this table. */
export const errorCodes = {
  // The command line and the stack file
  "command-line": ["An option, an argument or an answer is wrong.", "Correct it; every command has --help."],
  "not-confirmed": ["The command asks before it goes on, and there is no terminal.", "Add --yes."],
  interrupted: ["Ctrl-C, or a signal.", "Run the command again; it goes on from what it finds."],
  "file-access": ["A file or folder cannot be read, written or replaced.", "Name another one, or grant access."],
  busy: ["Another run works in the database, or on the stack file.", "Wait for its end, then run again."],
  "stack-unknown": [
    "There is no stack file of that name, or no such stack in Pulumi's backend.",
    "Name another, or make it: ./stagesub init <stack>.",
  ],
  "stack-file": ["The stack file has mistakes; each is named with its line.", "Correct the lines."],
  "stack-file-form": ["A key of the stack file is written as { … } or an alias.", "Write its entries below it."],
  "plan-file": ["A file is no plan of `plan --save`.", "Name another: ./stagesub plan --save."],
  "plan-outdated": ["A saved plan is another stack's, or older than the stack.", "Make another plan."],
  "stack-renamed": ["The stack had another name at its last run.", "Rename it back."],
  "orchestra-unknown": ["Neither the stack file nor the main database has it.", "Check the id: ./stagesub list."],
  "move-refused": ["An orchestra cannot move to that stack.", "Correct what the message lists."],
  "orchestra-not-ready": ["The orchestra is retired, or was never provisioned.", "Resume it, or run pulumi up."],

  // Programs of this machine
  "program-missing": [
    "A program that this command needs is not installed.",
    "Install it; Pulumi: ./stagesub toolchain.",
  ],
  "program-failed": ["Another program failed; the end of its output is shown.", "Mend what that output says."],
  "local-cloud-stopped": ["The local cloud does not run.", "./stagesub local start"],
  "local-cloud-failed": ["The local cloud cannot start or stop.", "Do what the message says; ./stagesub local logs."],

  // Refused before anything is changed
  "pool-full": ["No databases available in pool.", "Raise stagesub:pool.max, or ask for fewer databases."],
  "deletion-refused": ["Lines of an orchestra that holds data are gone.", "Put them back, then retire it first."],
  "source-moved": ["A database would move between project and adoption.", "Put the entry of stagesub:adopted back."],
  "password-version": ["A passwordVersion would go down.", "Raise it: ./stagesub rotate"],
  "replacement-refused": ["Pulumi would replace what holds data.", "Run without --replace; pulumi state untaint."],
  "project-conflict": [
    "A Supabase project is not what the stack file says.",
    "Put the lines back, or remove the twin.",
  ],
  "project-not-ready": ["A Supabase project is paused, gone or not up yet.", "Wait, or restore it at Supabase."],
  "name-taken": ["A DNS name or a project name is somebody else's.", "Choose another name, or delete the other."],
  "subdomain-taken": ["A row of the main database has the subdomain.", "Import that orchestra, or choose another."],
  "other-main-database": ["The main database is not the stack's.", "Give its URL, or say databaseMovedTo."],
  "main-database-behind": ["The main database lacks tables of this program.", "Run pulumi up."],
  "migrations-unproven": ["Another stack goes first and has not proven these files.", "Run pulumi up there first."],
  "dangerous-sql": ["A pending migration destroys, locks or rewrites.", "docs/sql-rules.md: rewrite or accept it."],
  "token-missing": ["There is no token for Supabase or Cloudflare.", "Set it in the environment or the stack file."],
  "account-differs": ["The token sees another organization or zone.", "Correct the stack file, or give another token."],

  // Supabase, Cloudflare and GitHub
  "endpoint-refused": [
    "A token would travel in clear or unchecked.",
    "Use an https:// endpoint with a known authority.",
  ],
  "api-unreachable": ["An API gave no answer.", "Check the network, then run again."],
  "api-refused": ["An API refused the request, or its answer has another form.", "Do what the message says."],
  "github-refused": ["GitHub refused a comment or an issue.", "Give the job the permission that is named."],
  "ci-environment": ["A variable that the workflow sets is missing or wrong.", "Set it: docs/ci.md."],

  // Connections to databases
  "nothing-reached": ["No database and no API of the stack gave an answer.", "Check the network; ./stagesub doctor."],
  "connection-url": ["A connection URL cannot be used; it is not shown.", "Write it as the message says."],
  "certificate-file": ["stagesub:supabase.caFile names no certificates.", "Name a PEM file."],
  "connection-failed": ["A database does not let this program in.", "The message names host and reason."],
  "password-refused": ["The server refuses the password.", "Check the URL, or stagesub:key."],
  "connection-lost": ["The connection ended, or stayed silent for too long.", "Run again: nothing is half done."],
  "transaction-pooler": ["The URL leads through a transaction pooler.", "Use the session pooler or the direct host."],
  "server-refused": ["PostgreSQL refused a statement.", "The message has its reason; nothing was changed."],
  "role-refused": ["A role has the app's name and is somebody else's.", "Drop it, or choose another name."],
  "foreign-role": ["A table belongs to another role.", "Make the migrating role its owner."],
  "foreign-content": ["The database holds tables of somebody else.", "Empty it, or give another one."],
  "other-owner": ["The database says that it is another orchestra's.", "Check which database the URL leads to."],
  "database-incomplete": ["Rows are missing after the seeds.", "Correct the seeds, then run again."],
  "administrator-refused": ["The first administrator cannot be made.", "Choose another e-mail address."],

  // Migrations and seeds
  "migration-files": ["Files of migrations/ have mistakes; each is named.", "Correct the files."],
  "seed-files": ["Files of seeds/ have mistakes; each is named.", "Correct the files."],
  "sources-changed": ["Migrations or seeds were edited during a run.", "Run again, with the files at rest."],
  "migration-failed": ["A migration fails; file and line are named.", "Correct the file, then run again."],
  "ledger-differs": ["Applied migrations were edited, removed or reordered.", "Put the files back as they were."],
  "schema-file": ["A schema file of migrations/*/schema is damaged.", "./stagesub migrations --write"],
  "base-unreadable": ["The branch or commit of --base is not in this clone.", "Fetch it, as the message says."],
  "prisma-schema": ["The Prisma schema cannot be read.", "Correct it, as Prisma says."],

  // Existing databases
  "adoption-refused": ["A database or row that exists cannot be taken over.", "Correct what the message lists."],

  // Backups
  "backup-missing": ["The backup that this step needs is not there.", "Put the file back, or make a backup."],
  "backup-refused": ["A backup would not hold everything.", "Change the owner or the policy that is named."],
  "backup-file": ["A backup is damaged, or of another format.", "Take another backup."],
  "backup-changed": ["A backup differs from the one in the log.", "Take another backup."],
  "restore-refused": ["A restore would lose what is there.", "The message says the way out."],
  "restore-failed": ["A restore failed; the database is as it was.", "The message has the reason."],
  "retirement-incomplete": ["A retirement was cut off before its backup.", "Take `state: retired` out; retire again."],

  // The acceptance run
  leftovers: ["Something is left in the accounts.", "Take it away, as the message says."],
  "step-failed": ["A step of a longer run failed.", "Its output, or its log, says why."],
} as const satisfies Record<string, readonly [meaning: string, remedy: string]>;

export type ErrorCode = keyof typeof errorCodes;

/** Exit codes other than 1. 2 stands for the command line and the stack file. */
export const exitCodes: Partial<Record<ErrorCode, number>> = {
  "command-line": 2,
  "stack-unknown": 2,
  "stack-file": 2,
  "stack-file-form": 2,
  "base-unreadable": 2,
  "prisma-schema": 2,
  interrupted: 130,
};
