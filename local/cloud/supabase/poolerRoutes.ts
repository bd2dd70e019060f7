import type { Api, ApiRoutes } from "./api.ts";

/**
 * Adds the pooler's address. As on Supabase only the transaction mode is listed: the session mode is on the same host, on a port that
 * follows a rule.
 */
export function addPoolerRoutes(app: ApiRoutes, api: Api): void {
  const { ports } = api.settings;

  app.get("/v1/projects/:ref/config/database/pooler", (c) => {
    const { ref } = c.get("project");
    return c.json([formatPooler(ref, ports.transaction)]);
  });
}

function formatPooler(ref: string, port: number) {
  const user = `postgres.${ref}`;
  const url = `postgresql://${user}:[YOUR-PASSWORD]@127.0.0.1:${port}/postgres`;
  return {
    identifier: ref,
    database_type: "PRIMARY",
    is_using_scram_auth: true,
    db_user: user,
    db_host: "127.0.0.1",
    db_port: port,
    db_name: "postgres",
    connection_string: url,
    connectionString: url,
    // The sizes of the compute size.
    default_pool_size: null,
    max_client_conn: null,
    pool_mode: "transaction",
  };
}
