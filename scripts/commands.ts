import type { Command } from "commander";

/** A command's line in `--help`; the module that makes it, which brings its own libraries; and another name that people try. */
export type Entry = [summary: string, load: () => Promise<{ default: (name: string) => Command }>, alias?: string];

/** Every command of `stagesub`, by the heading that `--help` shows it under. */
export const commands: Record<string, Record<string, Entry>> = {
  "Look at a stack:": {
    list: ["all orchestras, as declared and as found; or: status", () => import("./orchestra/list.ts"), "status"],
    show: ["one orchestra, with all that is known of it", () => import("./orchestra/show.ts")],
    verify: ["checks orchestras from outside and inside", () => import("./orchestra/verify.ts")],
    drift: ["finds everything that is not as declared", () => import("./drift.ts")],
    pool: ["pool databases: claimed, free and retired", () => import("./orchestra/pool.ts")],
    orphans: ["Supabase projects that cost money and that no state holds", () => import("./orchestra/orphans.ts")],
    log: ["the log of changes; a database server's errors; or: logs", () => import("./orchestra/log.ts"), "logs"],
    report: ["writes the fleet as one HTML page", () => import("./orchestra/report.ts")],
    open: ["opens an orchestra's page, or its project's dashboard", () => import("./orchestra/open.ts")],
    psql: ["opens psql on one of the databases", () => import("./orchestra/psql.ts")],
    env: ["writes the app's connection strings", () => import("./orchestra/env.ts")],
  },
  "Change a stack:": {
    init: ["makes a stack: its file, itself and its key", () => import("./stack/init.ts")],
    plan: ["a preview, told as changes of orchestras", () => import("./plan.ts")],
    up: ["applies exactly a saved plan", () => import("./up.ts")],
    add: ["adds an orchestra to the stack file", () => import("./orchestra/add.ts")],
    suspend: ["closes orchestras for a while", () => import("./orchestra/lifecycle.ts")],
    resume: ["opens suspended or retired orchestras again", () => import("./orchestra/lifecycle.ts")],
    retire: ["ends orchestras; their data stays", () => import("./orchestra/lifecycle.ts")],
    rotate: ["gives orchestras new database passwords", () => import("./orchestra/rotate.ts")],
    teardown: ["deletes a whole stack that has no customers", () => import("./teardown.ts")],
    backup: ["copies databases into verified files", () => import("./orchestra/backup.ts")],
    restore: ["brings a backup back into its database", () => import("./orchestra/restore.ts")],
  },
  "Many stacks:": {
    fleet: ["one command for many stacks: preview, up, drift, …", () => import("./stacks/fleet.ts")],
  },
  "Take over what exists:": {
    setup: ["sets up one orchestra on an existing database", () => import("./orchestra/setup.ts")],
    import: ["declares orchestras that the main database has already", () => import("./orchestra/import.ts")],
    "adopt-pool": ["declares hand-made pool databases", () => import("./orchestra/adoptPool.ts")],
    baseline: ["writes the ledger of a database that the app migrated", () => import("./orchestra/baseline.ts")],
  },
  "Local cloud and tools:": {
    demo: ["the main job, whole, on the local cloud", () => import("./demo.ts")],
    doctor: ["checks this machine, a stack and its accounts", () => import("./doctor.ts")],
    local: ["starts, stops and shows the local cloud", () => import("./local.ts")],
    toolchain: ["finds, installs or builds the Pulumi CLI", () => import("./toolchain.ts")],
    accept: ["proves the product on a stack's real accounts", () => import("./accept.ts")],
    bench: ["times this program beside other tools", () => import("./bench.ts")],
  },
  "Check a change:": {
    migrations: ["reviews new migrations; `migrations new` writes one", () => import("./migrations.ts")],
    schema: ["writes or checks the stack files' JSON Schema", () => import("./schema.ts")],
    "test-node": ["runs the tests with another version of Node", () => import("./testNode.ts")],
    ci: ["runs the steps of the workflows", () => import("./ci.ts")],
  },
};
