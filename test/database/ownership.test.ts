import { randomBytes } from "node:crypto";

import { describe, expect, it } from "vitest";
import { withRole } from "../../infra/database/connection/connection.ts";
import { verifyPassword } from "../../infra/database/roles/passwords.ts";
import { ensureOrchestraDatabase } from "../../infra/database/tenant/ensureOrchestraDatabase.ts";
import { handOverDatabase } from "../../infra/database/tenant/handOverDatabase.ts";
import { inspectOrchestraDatabase } from "../../infra/database/tenant/inspectOrchestraDatabase.ts";
import { usePostgres } from "../support/postgres.ts";
import { malmo, messageOf, query, specFor } from "./support.ts";

const ownerOf = "SELECT key, stack, orchestra FROM stagesub.owner";

/** A database itself holds the name of its owner. Nothing here knows of Pulumi's state, so all of it holds when the state is lost. */
describe("a database belongs to one stack", () => {
  const postgres = usePostgres();

  it("and refuses the same orchestra of another", async () => {
    const spec = specFor(await postgres.createDatabase());
    const before = await ensureOrchestraDatabase(spec);
    expect(await messageOf(ensureOrchestraDatabase({ ...spec, stack: "staging" }))).toMatchInlineSnapshot(
      `"Refusing to take this database into the stack staging as malmo: the database itself says that it belongs to the stack production, as malmo. Two stacks never share one: give staging another. If production is this stack's old name, tell the database: UPDATE stagesub.owner SET stack = 'staging'."`,
    );
    expect(await inspectOrchestraDatabase(spec)).toEqual(before);
  });

  it("and refuses the same pool number of another, spare or claimed", async () => {
    const { owner: _, ...spare } = specFor(await postgres.createDatabase(), { key: "pool-3" });
    await ensureOrchestraDatabase(spare);
    const refusal = "belongs to the stack production, as pool-3";
    expect(await messageOf(ensureOrchestraDatabase({ ...spare, stack: "staging" }))).toContain(refusal);
    expect(await messageOf(ensureOrchestraDatabase({ ...spare, stack: "staging", owner: malmo }))).toContain(refusal);
    expect(await query(spare.connection, ownerOf)).toEqual([{ key: "pool-3", stack: "production", orchestra: null }]);
  });

  it("when two stacks race for it: one has it whole, the other is told whose it is", async () => {
    for (const isolation of ["read committed", "repeatable read"]) {
      const connection = await postgres.createDatabase();
      await query(connection, `ALTER ROLE CURRENT_USER SET default_transaction_isolation = '${isolation}'`);
      const stacks = ["production", "staging"];
      const runs = await Promise.allSettled(
        stacks.map((stack) => ensureOrchestraDatabase({ ...specFor(connection), stack })),
      );
      const [winner] = stacks.filter((_, index) => runs[index]!.status === "fulfilled");
      const [lost] = runs.filter((run) => run.status === "rejected");
      expect(runs.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
      expect(String(lost!.reason)).toContain(`belongs to the stack ${winner}, as malmo`);
      expect(await query(connection, ownerOf)).toEqual([{ key: "malmo", stack: winner, orchestra: "malmo" }]);
      expect(await query(connection, 'SELECT count(*)::int AS n FROM "User"')).toEqual([{ n: 1 }]);
    }
  });

  it("when two orchestras of one stack race for a spare: it is claimed once", async () => {
    const { owner: _, ...spare } = specFor(await postgres.createDatabase(), { key: "pool-3" });
    await ensureOrchestraDatabase(spare);
    const gavle = { ...malmo, orchestra: "gavle", name: "Gävle Symfoniorkester" };
    const runs = await Promise.allSettled([malmo, gavle].map((owner) => ensureOrchestraDatabase({ ...spare, owner })));
    const [winner] = ["malmo", "gavle"].filter((_, index) => runs[index]!.status === "fulfilled");
    const [lost] = runs.filter((run) => run.status === "rejected");
    expect(runs.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(String(lost!.reason)).toContain(`belongs to ${winner}`);
    expect((await inspectOrchestraDatabase(spare))!.owner).toBe(winner);
  });

  it("unless that stack was renamed and the database is told, as the refusal says", async () => {
    const spec = specFor(await postgres.createDatabase());
    const state = await ensureOrchestraDatabase(spec);
    const refusal = await messageOf(ensureOrchestraDatabase({ ...spec, stack: "live" }));
    await query(spec.connection, /UPDATE .*'(?=\.$)/.exec(refusal)![0]);
    expect(await ensureOrchestraDatabase({ ...spec, stack: "live" })).toEqual(state);
  });

  it("until it is handed over: the app works on with its login, and the new stack's run gives it another", async () => {
    const part = randomBytes(4).toString("hex");
    const role = (stack: string) => ({
      name: `app_${part}${stack}_malmo`,
      version: 1,
      password: `App-Secret-${stack}`,
    });
    const held = (stack: string) => ({ stack, appRole: role(stack).name, administrator: `OneTime-Secret-${stack}` });
    const [west, east] = [held("west"), held("east")];
    const administrator = { ...malmo.administrator, password: west.administrator };
    const from = specFor(await postgres.createDatabase(), {
      ...{ stack: "west", appRole: role("west"), owner: { ...malmo, administrator } },
    });
    await ensureOrchestraDatabase(from);
    const { connection } = from;
    expect(await messageOf(handOverDatabase(connection, "malmo", held("north"), east))).toContain("malmo of west");
    for (let run = 0; run < 2; run++) await handOverDatabase(connection, "malmo", west, east);
    expect(await messageOf(ensureOrchestraDatabase(from))).toContain("belongs to the stack east, as malmo");
    const app = (stack: string) => withRole(connection, `${role(stack).name}_1`, role(stack).password);
    expect(await query(app("west"), 'SELECT count(*)::int AS n FROM "User"')).toEqual([{ n: 1 }]);

    const to = { ...from, stack: "east", appRole: role("east") };
    const state = await ensureOrchestraDatabase(to);
    expect(state).toMatchObject({ drift: [], differences: [], previousLogins: [{ name: `${west.appRole}_1` }] });
    expect(await inspectOrchestraDatabase(to)).toEqual(state);
    for (const stack of ["west", "east"]) await query(app(stack), 'SELECT FROM "User"');
    const [user] = await query<{ hash: string }>(connection, 'SELECT "passwordHash" AS hash FROM "User"');
    expect(await verifyPassword(east.administrator, user!.hash)).toBe(true);
    await query(connection, `ALTER ROLE ${west.appRole}_1 VALID UNTIL '2020-01-01'`);
    expect((await ensureOrchestraDatabase(to)).previousLogins).toEqual([]);
    expect(await query(connection, "SELECT FROM pg_roles WHERE rolname LIKE $1", [`${west.appRole}%`])).toEqual([]);
  });
});
