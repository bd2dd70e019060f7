import type { Command } from "commander";

interface Entry {
  /** Its line in `--help`. */
  summary: string;
  /** Another name that people try. */
  alias?: string;
  /** Loads the command: each brings its own libraries. */
  load: () => Promise<Command>;
}

/** Every command of `stagesub`, by the heading that `--help` shows it under. */
export const commands: Record<string, Record<string, Entry>> = {
  "Look at a stack:": {
    list: {
      summary: "all orchestras, as declared and as found; or: status",
      alias: "status",
      load: async () => (await import("./orchestra/list.ts")).listCommand(),
    },
    show: {
      summary: "one orchestra, with all that is known of it",
      load: async () => (await import("./orchestra/show.ts")).showCommand(),
    },
    verify: {
      summary: "checks orchestras from outside and inside",
      load: async () => (await import("./orchestra/verify.ts")).verifyCommand(),
    },
    drift: {
      summary: "finds everything that is not as declared",
      load: async () => (await import("./drift.ts")).driftCommand(),
    },
    pool: {
      summary: "pool databases: claimed, free and retired",
      load: async () => (await import("./orchestra/pool.ts")).poolCommand(),
    },
    orphans: {
      summary: "Supabase projects that cost money and that no state holds",
      load: async () => (await import("./orchestra/orphans.ts")).orphansCommand(),
    },
    log: {
      summary: "the log of changes; a database server's errors; or: logs",
      alias: "logs",
      load: async () => (await import("./orchestra/log.ts")).logCommand(),
    },
    report: {
      summary: "writes the fleet as one HTML page",
      load: async () => (await import("./orchestra/report.ts")).reportCommand(),
    },
    open: {
      summary: "opens an orchestra's page, or its project's dashboard",
      load: async () => (await import("./orchestra/open.ts")).openCommand(),
    },
    psql: {
      summary: "opens psql on one of the databases",
      load: async () => (await import("./orchestra/psql.ts")).psqlCommand(),
    },
    env: {
      summary: "writes the app's connection strings",
      load: async () => (await import("./orchestra/env.ts")).envCommand(),
    },
  },
  "Change a stack:": {
    init: {
      summary: "makes a stack: its file, itself and its key",
      load: async () => (await import("./stack/init.ts")).initCommand(),
    },
    plan: {
      summary: "a preview, told as changes of orchestras",
      load: async () => (await import("./plan.ts")).planCommand(),
    },
    up: {
      summary: "applies exactly a saved plan",
      load: async () => (await import("./up.ts")).upCommand(),
    },
    add: {
      summary: "adds an orchestra to the stack file",
      load: async () => (await import("./orchestra/add.ts")).addCommand(),
    },
    suspend: {
      summary: "closes orchestras for a while",
      load: async () => (await import("./orchestra/lifecycle.ts")).suspendCommand(),
    },
    resume: {
      summary: "opens suspended or retired orchestras again",
      load: async () => (await import("./orchestra/lifecycle.ts")).resumeCommand(),
    },
    retire: {
      summary: "ends orchestras; their data stays",
      load: async () => (await import("./orchestra/lifecycle.ts")).retireCommand(),
    },
    rotate: {
      summary: "gives orchestras new database passwords",
      load: async () => (await import("./orchestra/rotate.ts")).rotateCommand(),
    },
    teardown: {
      summary: "deletes a whole stack that has no customers",
      load: async () => (await import("./teardown.ts")).teardownCommand(),
    },
    backup: {
      summary: "copies databases into verified files",
      load: async () => (await import("./orchestra/backup.ts")).backupCommand(),
    },
    restore: {
      summary: "brings a backup back into its database",
      load: async () => (await import("./orchestra/restore.ts")).restoreCommand(),
    },
  },
  "Many stacks:": {
    fleet: {
      summary: "one command for many stacks: preview, up, drift, …",
      load: async () => (await import("./stacks/fleet.ts")).fleetCommand(),
    },
  },
  "Take over what exists:": {
    setup: {
      summary: "sets up one orchestra on an existing database",
      load: async () => (await import("./orchestra/setup.ts")).setupCommand(),
    },
    import: {
      summary: "declares orchestras that the main database has already",
      load: async () => (await import("./orchestra/import.ts")).importCommand(),
    },
    "adopt-pool": {
      summary: "declares hand-made pool databases",
      load: async () => (await import("./orchestra/adoptPool.ts")).adoptPoolCommand(),
    },
    baseline: {
      summary: "writes the ledger of a database that the app migrated",
      load: async () => (await import("./orchestra/baseline.ts")).baselineCommand(),
    },
  },
  "Local cloud and tools:": {
    demo: {
      summary: "the main job, whole, on the local cloud",
      load: async () => (await import("./demo.ts")).demoCommand(),
    },
    doctor: {
      summary: "checks this machine, a stack and its accounts",
      load: async () => (await import("./doctor.ts")).doctorCommand(),
    },
    local: {
      summary: "starts, stops and shows the local cloud",
      load: async () => (await import("./local.ts")).localCommand(),
    },
    toolchain: {
      summary: "finds, installs or builds the Pulumi CLI",
      load: async () => (await import("./toolchain.ts")).toolchainCommand(),
    },
    accept: {
      summary: "proves the product on a stack's real accounts",
      load: async () => (await import("./accept.ts")).acceptCommand(),
    },
    bench: {
      summary: "measures a claim beside a project of its own",
      load: async () => (await import("./bench.ts")).benchCommand(),
    },
  },
  "Check a change:": {
    migrations: {
      summary: "reviews new migrations; `migrations new` writes one",
      load: async () => (await import("./migrations.ts")).migrationsCommand(),
    },
    schema: {
      summary: "writes or checks the stack files' JSON Schema",
      load: async () => (await import("./schema.ts")).schemaCommand(),
    },
    "test-node": {
      summary: "runs the tests with another version of Node",
      load: async () => (await import("./testNode.ts")).testNodeCommand(),
    },
    ci: {
      summary: "runs the steps of the workflows",
      load: async () => (await import("./ci.ts")).ciCommand(),
    },
  },
};
