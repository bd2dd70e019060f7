import { withClient } from "../../infra/database/connection/connection.ts";
import {
  ensureOrchestraDatabase,
  type OrchestraDatabaseSpec,
} from "../../infra/database/tenant/ensureOrchestraDatabase.ts";
import { readState } from "../../infra/database/tenant/orchestraState.ts";
import { readSchema } from "../../infra/database/schema/readSchema.ts";

/** Describes an empty database after an undisturbed run. */
export async function describeClean(spec: OrchestraDatabaseSpec): Promise<object> {
  await ensureOrchestraDatabase(spec);
  return describeDatabase(spec);
}

/** Describes an orchestra's database without random values and times: its schema, this program's report on it, and its seeds. */
export async function describeDatabase({
  connection,
  appRole,
}: Pick<OrchestraDatabaseSpec, "connection"> & { appRole?: { name: string } }): Promise<object> {
  const description = await withClient(connection, async (client) => {
    await client.query("BEGIN READ ONLY");
    const schema = await readSchema(client, { group: appRole?.name ?? null });
    const { state } = (await readState(client))!;
    const { rows } = await client.query<{ seeds: string }>(
      `SELECT md5(string_agg(text, ',' ORDER BY text)) AS seeds FROM (
         SELECT concat("name", "language", "subject", "body") AS text FROM "EmailTemplate"
         UNION ALL SELECT concat("key", "value") FROM "SystemSetting") AS seed`,
    );
    return { schema: schema.map(({ what, definition }) => `${what}: ${definition}`), state, seeds: rows[0]!.seeds };
  });
  // Roles belong to the whole server, so tests give each database an owner and a role of random names.
  const text = JSON.stringify(description).replaceAll(connection.user, "owner");
  return JSON.parse(appRole ? text.replaceAll(appRole.name, "app") : text) as object;
}
