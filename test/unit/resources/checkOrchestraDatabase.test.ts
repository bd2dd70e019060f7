import { describe, expect, it } from "vitest";

import { checkOrchestraDatabase } from "../../../infra/resources/checkOrchestraDatabase.ts";
import type { OrchestraDatabaseInputs } from "../../../infra/resources/orchestraDatabase.ts";

const { project, ...adopted } = {
  key: "pool-3",
  stack: "production",
  project: { name: "production-pool-3", ref: "abcdefghijklmnopqrst", connect: "session" as const },
  appRole: "app_pool__3",
  appRoleVersion: 1,
  migrations: {},
  schemaFiles: {},
};
const spare: OrchestraDatabaseInputs = { ...adopted, project };
const owner = { orchestra: "gavle", name: "Gävle", administrator: { name: "Åsa", email: "a@example.se" } };
const gavle: OrchestraDatabaseInputs = { ...spare, owner, appRoleVersion: 3 };
const applied = { ...gavle, migrations: { "0001_a.sql": "a" } };

/** The refusals of a change, by the inputs that the state has. The engine shows them in a preview: test/engine/mainJob.test.ts. */
describe("checkOrchestraDatabase", () => {
  it.each<[string, OrchestraDatabaseInputs, OrchestraDatabaseInputs]>([
    ["a claim, with any version of its passwords", spare, { ...spare, owner, appRoleVersion: 5 }],
    ["no change and a rotation", gavle, { ...gavle, appRoleVersion: 4 }],
    ["a new migration", applied, { ...applied, migrations: { ...applied.migrations, "0002_b.sql": "b" } }],
  ])("accepts %s", (_claim, before, after) => {
    expect(checkOrchestraDatabase(before, before)).toEqual([]);
    expect(checkOrchestraDatabase(before, after)).toEqual([]);
    expect(checkOrchestraDatabase(undefined, after)).toEqual([]);
  });

  it.each<[string, OrchestraDatabaseInputs, OrchestraDatabaseInputs, string]>([
    ["other-owner", gavle, { ...spare, appRoleVersion: 3 }, "Refusing to return database pool-3 to the pool"],
    ["other-owner", gavle, { ...gavle, owner: { ...owner, orchestra: "umea" } }, 'from orchestra "gavle" to "umea"'],
    ["source-moved", adopted, spare, "Refusing to put a new Supabase project in the place of pool-3"],
    ["source-moved", spare, adopted, "Refusing to put an adopted database in the place of pool-3"],
    ["password-version", gavle, { ...gavle, appRoleVersion: 2 }, 'passwordVersion of orchestra "gavle" from 3 to 2'],
    ["ledger-differs", applied, { ...applied, migrations: { "0001_a.sql": "b" } }, "0001_a.sql was edited"],
  ])("refuses with %s", (code, before, after, text) => {
    expect(checkOrchestraDatabase(before, after)).toEqual([
      expect.objectContaining({ code, message: expect.stringContaining(text) as string }),
    ]);
  });
});
