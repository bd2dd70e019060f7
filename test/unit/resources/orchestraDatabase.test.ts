import { describe, expect, it } from "vitest";
import type { OrchestraDatabaseInputs } from "../../../infra/resources/orchestraDatabase.ts";
import { provider } from "../../../infra/resources/orchestraDatabaseProvider.ts";

const spare: OrchestraDatabaseInputs = {
  key: "pool-3",
  stack: "production",
  project: { name: "production-pool-3", ref: "abcdefghijklmnopqrst", connect: "session" },
  appRole: "app_pool__3",
  appRoleVersion: 1,
  migrations: {},
  schemaFiles: {},
};
const owner = { orchestra: "gavle", name: "Gävle", administrator: { name: "Åsa", email: "a@example.se" } };
const gavle = { ...spare, owner, appRoleVersion: 3 };

/** A preview's refusals of a database, by what the state says was applied to it. */
describe("a preview", () => {
  const check = async (before: OrchestraDatabaseInputs, after: Partial<OrchestraDatabaseInputs>) =>
    (await provider.check(before, { ...before, ...after })).failures!.map(({ reason }) => reason);

  it("refuses to lower the version of an orchestra's passwords", async () => {
    expect(await check(gavle, { appRoleVersion: 2 })).toMatchInlineSnapshot(`
      [
        "Refusing to lower the passwordVersion of orchestra "gavle" from 3 to 2: expected 3 or more. For new passwords: npm run orchestra -- rotate gavle [password-version]",
      ]
    `);
    for (const appRoleVersion of [3, 4]) expect(await check(gavle, { appRoleVersion })).toEqual([]);
  });

  it("lets the first orchestra of a spare begin with any version", async () => {
    for (const appRoleVersion of [1, 5]) expect(await check(spare, { owner, appRoleVersion })).toEqual([]);
  });

  it("names neither the owner's nor the app's password", async () => {
    expect((await check(gavle, { appRoleVersion: 2 })).join()).not.toContain("Secret");
  });
});
