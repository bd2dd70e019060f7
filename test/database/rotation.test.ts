import { describe, expect, it } from "vitest";
import { withClient, withRole, type Connection } from "../../infra/database/connection/connection.ts";
import {
  ensureOrchestraDatabase,
  type OrchestraDatabaseSpec,
} from "../../infra/database/tenant/ensureOrchestraDatabase.ts";
import { inspectOrchestraDatabase } from "../../infra/database/tenant/inspectOrchestraDatabase.ts";
import { provider } from "../../infra/resources/orchestraDatabaseProvider.ts";
import { shortDigests } from "../../infra/util/digest.ts";
import { usePostgres } from "../support/postgres.ts";
import { connect, messageOf, query, specFor } from "./support.ts";

/** It does not prove how long a pooler between app and database remembers a login. */
describe("a rotation of the app's login", () => {
  const postgres = usePostgres();
  const provision = async (): Promise<OrchestraDatabaseSpec> => {
    // A spare: what a rotation does is the same, and there is less to make.
    const { owner: _, ...spec } = specFor(await postgres.createDatabase());
    await ensureOrchestraDatabase(spec);
    return spec;
  };

  it("lets everybody who has the login before go on, with open sessions and with new ones", async () => {
    const spec = await provision();
    const session = await connect(asApp(spec));
    const done = new AbortController();
    const querying = keepQuerying(asApp(spec), done.signal);
    const rotated = withVersion(spec, 2);
    const state = await ensureOrchestraDatabase(rotated);
    for (const login of [asApp(spec), asApp(rotated)]) await query(login, 'SELECT * FROM "User"');
    await session.query('SELECT * FROM "User"');
    done.abort();
    expect(await querying).toBeGreaterThan(3);

    const [before] = state.previousLogins;
    expect(state.appRole).toBe(`${spec.appRole.name}_2`);
    expect(before!.name).toBe(`${spec.appRole.name}_1`);
    const days = (Date.parse(before!.validUntil!) - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(2.9);
    expect(days).toBeLessThan(3.1);
  });

  it("sets the end once, and is no drift: a second run and an inspection see the same", async () => {
    const rotated = withVersion(await provision(), 2);
    const state = await ensureOrchestraDatabase(rotated);
    expect(state.drift).toEqual([]);
    expect(await ensureOrchestraDatabase(rotated)).toEqual(state);
    expect(await inspectOrchestraDatabase(rotated)).toEqual(state);
    const third = await ensureOrchestraDatabase(withVersion(rotated, 3));
    expect(third.previousLogins).toHaveLength(2);
    expect(third.previousLogins[0]).toEqual(state.previousLogins[0]);
  });

  it("refuses the login before once its time is over, and the next run drops it", async () => {
    const spec = await provision();
    const rotated = withVersion(spec, 2);
    await ensureOrchestraDatabase(rotated);
    await endLogin(spec);
    expect(await messageOf(query(asApp(spec), "SELECT 1"))).toMatch(/password authentication failed/);
    expect(await inspectOrchestraDatabase(rotated)).toMatchObject({ appRole: `${spec.appRole.name}_2`, drift: [] });

    expect((await ensureOrchestraDatabase(rotated)).previousLogins).toEqual([]);
    expect(await logins(spec)).toEqual([`${spec.appRole.name}_2`]);
    expect(await query(spec.connection, "SELECT role FROM stagesub.login")).toEqual([
      { role: `${spec.appRole.name}_2` },
    ]);
    await query(asApp(rotated), 'SELECT * FROM "User"');
  });

  it("keeps an ended login to which somebody gave something by hand: it is refused, and stops no run", async () => {
    const spec = await provision();
    const rotated = withVersion(spec, 2);
    await ensureOrchestraDatabase(rotated);
    await query(spec.connection, `CREATE SCHEMA extra; GRANT USAGE ON SCHEMA extra TO ${spec.appRole.name}_1`);
    await endLogin(spec);
    await ensureOrchestraDatabase(rotated);
    expect(await logins(spec)).toEqual([`${spec.appRole.name}_1`, `${spec.appRole.name}_2`]);
    expect(await messageOf(query(asApp(spec), "SELECT 1"))).toMatch(/password authentication failed/);
  });

  it("leaves a person's login alone that somebody put into the app's group", async () => {
    const spec = await provision();
    const person = `${spec.appRole.name}_report`;
    await query(spec.connection, `CREATE ROLE ${person} LOGIN IN ROLE ${spec.appRole.name}`);
    const { previousLogins } = await ensureOrchestraDatabase(withVersion(spec, 2));
    expect(previousLogins.map(({ name }) => name)).toEqual([`${spec.appRole.name}_1`]);
  });

  it("misses the current login when somebody let it end, and puts that right", async () => {
    const spec = await provision();
    await endLogin(spec);
    expect(await inspectOrchestraDatabase(spec)).toMatchObject({ appRole: "" });
    await ensureOrchestraDatabase(spec);
    await query(asApp(spec), 'SELECT * FROM "User"');
  });

  it("waits while the pooler still knows the owner's password before, where it was told that there is a new one", async () => {
    const connection = await postgres.createDatabase();
    const rotated = { ...connection, password: "Rotated-Secret" };
    const waiting = withClient(rotated, async () => "in", { passwordMs: 10_000 });
    expect(await messageOf(withClient(rotated, async () => undefined))).toMatch(/check user and password\.$/);
    await query(connection, `ALTER ROLE ${connection.user} PASSWORD 'Rotated-Secret'`);
    expect(await waiting).toBe("in");
    expect(await messageOf(withClient(connection, async () => undefined, { passwordMs: 100 }))).toMatch(
      /check user and password\. Tried for 0\.1 s\.$/,
    );
  });

  it("is drift, and stops no refresh, where the recorded password of the owner is refused", async () => {
    const { key, stack, connection, appRole } = await provision();
    const state = (await inspectOrchestraDatabase({ key, stack, connection }))!;
    const recorded = {
      ...{ key, stack, appRole: appRole.name, appRoleVersion: 1, schemaFiles: {}, state },
      ...{ connection: { ...connection, password: "Before-Secret" }, migrations: shortDigests(state.migrations) },
    };
    const { inputs, props } = (await provider.read(key, recorded)) as { inputs: { drift: string[] }; props: object };
    expect(inputs.drift).toEqual([expect.stringMatching(/password authentication failed.*check user and password\.$/)]);
    expect(inputs.drift.join()).not.toContain("Secret");
    expect(props).toMatchObject({ state });
  });

  const logins = async ({ connection, appRole: { name } }: OrchestraDatabaseSpec) => {
    const like = "SELECT rolname FROM pg_roles WHERE rolcanlogin AND rolname LIKE $1 ORDER BY 1";
    const rows = await query<{ rolname: string }>(connection, like, [`${name}%`]);
    return rows.map(({ rolname }) => rolname);
  };
});

function withVersion(spec: OrchestraDatabaseSpec, version: number): OrchestraDatabaseSpec {
  return { ...spec, appRole: { ...spec.appRole, version, password: `AppPassword-Secret-${version}` } };
}

function asApp({ connection, appRole }: OrchestraDatabaseSpec): Connection {
  return withRole(connection, `${appRole.name}_${appRole.version}`, appRole.password);
}

/** Ends a login as if its time had passed. */
async function endLogin({ connection, appRole }: OrchestraDatabaseSpec): Promise<void> {
  await query(connection, `ALTER ROLE ${appRole.name}_${appRole.version} VALID UNTIL '2026-01-01'`);
}

/** Opens a connection for each query until told to stop, and returns their number. The first failure rejects. */
async function keepQuerying(login: Connection, signal: AbortSignal): Promise<number> {
  for (let count = 0; ; count++) {
    if (signal.aborted) return count;
    await query(login, 'SELECT count(*) FROM "User"');
  }
}
