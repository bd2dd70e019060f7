/** The one direction of imports between the rooms; see docs/architecture.md. */
const only = (from, ...allowed) => ({
  name: `${from} imports only ${allowed.join(", ") || "nothing"}`,
  severity: "error",
  from: { path: `^${from}/` },
  to: {
    path: "^(infra|local|policy|scripts|test)/",
    pathNot: [`^${from}/`, "^infra/(util/|errors\\.ts|errorCodes\\.ts)", ...allowed.map((room) => `^${room}(/|$)`)],
  },
});

/** Rooms of scripts/, each of which imports only those before it that it names. */
const onlyScripts = (room, ...allowed) => ({
  name: `scripts/${room} imports of scripts only ${allowed.join(", ") || "itself"}`,
  severity: "error",
  from: { path: `^scripts/${room}/` },
  to: { path: "^scripts/", pathNot: [room, ...allowed].map((each) => `^scripts/${each}/`) },
});

module.exports = {
  forbidden: [
    { name: "no cycles", severity: "error", from: {}, to: { circular: true } },
    { name: "nothing unresolvable", severity: "error", from: {}, to: { couldNotResolve: true } },
    {
      name: "shipped code has no development dependencies",
      severity: "error",
      from: { path: "^infra/" },
      to: { dependencyTypes: ["npm-dev", "npm-no-pkg"], dependencyTypesNot: ["type-only"] },
    },
    // What leads to one database is judged in both rooms: by that one file, which knows no pg.
    only("infra/config", "infra/database/connection/(databaseAddress|readConnectionUrl).ts"),
    only("infra/plan", "infra/config"),
    only("infra/preflight", "infra/config", "infra/plan", "infra/resources", "infra/cloud", "infra/database"),
    only("infra/components", "infra/sdk.ts", "infra/plan", "infra/preflight", "infra/resources", "infra/cloud"),
    only("infra/resources", "infra/database", "infra/cloud"),
    only("infra/util"),
    only("infra/cloud"),
    only("infra/database"),
    only("scripts", "infra/config", "infra/plan", "infra/database", "infra/cloud", "local"),
    onlyScripts("cli"),
    onlyScripts("stack", "cli"),
    onlyScripts("fleet", "stack", "cli"),
    onlyScripts("backup", "stack", "cli"),
    onlyScripts("adopt", "fleet", "stack", "cli"),
    onlyScripts("migrations", "stack", "cli"),
    onlyScripts("preview", "migrations", "fleet", "stack", "cli"),
    onlyScripts("stacks", "preview", "fleet", "stack", "cli"),
    onlyScripts("orchestra", "adopt", "backup", "migrations", "fleet", "stack", "cli"),
    onlyScripts("ci", "migrations", "fleet", "stack", "cli"),
    only("local", "infra/database"),
    only("policy", "infra/config", "infra/database/connection/readConnectionUrl.ts"),
    {
      name: "one door leads into local/offline, and the toolchain alone opens it",
      severity: "error",
      from: { path: "^(infra|local|policy|scripts)/", pathNot: "^local/(offline/|toolchain/ensureToolchain\\.ts$)" },
      to: { path: "^local/offline/" },
    },
    {
      name: "the toolchain opens local/offline by its door",
      severity: "error",
      from: { path: "^local/toolchain/ensureToolchain\\.ts$" },
      to: { path: "^local/offline/", pathNot: "^local/offline/index\\.ts$" },
    },
    {
      name: "only components say new on Cloudflare and Supabase",
      severity: "error",
      from: { path: "^infra/", pathNot: "^infra/components/" },
      to: { path: "@pulumi/(cloudflare|supabase)" },
    },
    {
      name: "config, plan, database and cloud know no Pulumi",
      severity: "error",
      from: { path: "^infra/(config|plan|database|cloud)/" },
      to: { path: "@pulumi/" },
    },
  ],
  options: {
    doNotFollow: { path: ["node_modules", "sdks"] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node", "default", "types"] },
  },
};
