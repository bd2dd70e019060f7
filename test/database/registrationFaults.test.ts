import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";

import type { Connection } from "../../infra/database/connection/connection.ts";
import { ensureRegistration, type Registration } from "../../infra/database/registry/registration.ts";
import { ensureRegistryDatabase } from "../../infra/database/registry/registryDatabase.ts";
import { usePostgres } from "../support/postgres.ts";
import { type Halt, startStatementProxy } from "../support/statementProxy.ts";
import { malmoRegistration, migrations, query } from "./support.ts";

/**
 * The main database goes away while an orchestra is registered, at every statement. A whole `pulumi up` in that case:
 * test/faults/registry.test.ts.
 */
describe("a registration in a main database that goes away", () => {
  const postgres = usePostgres();
  const nothing = { statuses: [], events: [], held: 0 };
  const whole = { statuses: ["Active"], events: ["registered"], held: 1 };

  const look = async (connection: Connection, { orchestra, subdomain }: Registration) => {
    const rows = await query<{ status: string }>(
      connection,
      'SELECT "status"::text AS status FROM "Orchestra" WHERE "subdomain" = $1',
      [subdomain],
    );
    const events = await query<{ action: string }>(
      connection,
      "SELECT action FROM stagesub.audit WHERE orchestra = $1 ORDER BY id",
      [orchestra],
    );
    const held = await query(connection, "SELECT FROM stagesub.registration WHERE orchestra = $1", [orchestra]);
    return {
      statuses: rows.map(({ status }) => status),
      events: events.map(({ action }) => action),
      held: held.length,
    };
  };
  /** Cuts the connection at the halt. Returns the message, or undefined where the registration had fewer statements. */
  const cutAt = async (connection: Connection, registration: Registration, halt: Halt): Promise<string | undefined> => {
    const proxy = await startStatementProxy(connection.port, halt);
    const outcome = ensureRegistration({ ...connection, port: proxy.port }, registration).then(
      () => undefined,
      (error: Error) => error.message,
    );
    await Promise.race([proxy.halted, outcome]);
    await proxy.close();
    return outcome;
  };

  it("is there as a whole or not at all, and the rerun completes it once: cut off at every statement", async () => {
    const connection = await postgres.createDatabase();
    await ensureRegistryDatabase({ connection, migrations: migrations.registry });
    const left: object[] = [];
    let message: string | undefined = "";
    for (let statement = 0; message !== undefined; statement++) {
      for (const when of ["before", "after"] as const) {
        const id = `cut${statement}${when}`;
        const registration: Registration = { ...malmoRegistration, orchestra: id, subdomain: id };
        message = await cutAt(connection, registration, { statement, when });
        if (message === undefined) continue;
        expect(message).toMatch(/^the main database: the connection to the database was lost|during COMMIT: all of it/);
        await sleep(20);
        left.push(await look(connection, registration));
        await ensureRegistration(connection, registration);
        expect(await look(connection, registration)).toEqual(whole);
      }
    }
    // COMMIT is the last statement; where its answer alone was lost, all of it is done.
    expect(left.length).toBeGreaterThan(12);
    expect(left.pop()).toEqual(whole);
    expect(left.filter((state) => JSON.stringify(state) !== JSON.stringify(nothing))).toEqual([]);
  });
});
