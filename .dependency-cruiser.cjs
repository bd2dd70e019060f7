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
    only("infra/config", "infra/database/(databaseAddress|readConnectionUrl).ts"),
    // And what a DNS record's comment says of its maker, which knows nothing of the API.
    only("infra/plan", "infra/config", "infra/api/recordComment.ts"),
    only("infra/components", "infra/plan", "infra/providers", "infra/api"),
    only("infra/providers", "infra/database", "infra/api"),
    only("infra/util"),
    only("infra/api"),
    only("infra/database"),
    only("scripts", "infra/config", "infra/plan", "infra/database", "infra/api", "local"),
    only("local", "infra/database"),
    only("policy", "infra/config"),
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
      name: "config, plan, database and api know no Pulumi",
      severity: "error",
      from: { path: "^infra/(config|plan|database|api)/" },
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
