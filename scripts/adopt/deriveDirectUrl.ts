import { refuseDatabaseUrl, refuseMigrationUrl } from "../../infra/config/schema/refuseDatabaseUrl.ts";
import { formatConnectionUrl, parseConnectionUrl } from "../../infra/database/connection/connection.ts";
import { readDatabaseAddress } from "../../infra/database/connection/databaseAddress.ts";

/**
 * Returns the migrations' URL of the database that the app reaches with `url`: the same URL where it is a direct or session
 * connection; of Supabase's transaction pooler the session pooler, which is the same host on port 5432
 * (https://supabase.com/docs/guides/database/connecting-to-postgres). Undefined where it cannot be known. Secret.
 */
export function deriveDirectUrl(url: string): string | undefined {
  if (refuseDatabaseUrl(url) !== undefined) return undefined;
  const connection = parseConnectionUrl(url);
  if (refuseMigrationUrl(url) === undefined) return formatConnectionUrl(connection);
  if (!/\.supabase\.(com|co)$/.test(connection.host) || readDatabaseAddress(url)?.project === undefined)
    return undefined;
  return formatConnectionUrl({ ...connection, port: 5432 });
}

/**
 * Returns the app's URL of the database that migrations reach with `direct`: of Supabase's session pooler the transaction
 * pooler, which takes as many clients as an app has; the same URL elsewhere. Secret.
 */
export function deriveAppUrl(direct: string): string {
  const url = new URL(direct);
  if (/\.pooler\.supabase\.com$/i.test(url.hostname)) url.port = "6543";
  return url.href;
}
