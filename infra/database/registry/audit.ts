import { hostname, userInfo } from "node:os";
import type pg from "pg";
import { previewLimits } from "../connection/connectClient.ts";
import type { Connection } from "../connection/connection.ts";
import { UserError } from "../../errors.ts";
import { mainDatabaseName } from "./registryDatabase.ts";
import { withSnapshot } from "../connection/withSnapshot.ts";
import { hasRelation } from "../connection/serverFacts.ts";

/** The main database's name in commands and the audit, in the place of an orchestra's id. */
export const registryName = "registry";

/** A change to an orchestra or to the main database. */
export interface AuditEvent {
  stack: string;
  /** An orchestra's id, or `registry`. */
  orchestra: string;
  /** One lower-case word: `registered`, `renamed`, `rotated`, `backup`, … */
  action: string;
  /** The change's details, without secrets or personal data: rows stay for good. */
  detail: Record<string, unknown>;
}

/** An event as recorded in the main database. */
export interface AuditEntry extends AuditEvent {
  /** Time of the entry, in ISO 8601. */
  at: string;
  /** The person or job; see `describeActor`. */
  actor: string;
}

/**
 * Adds events to the append-only `stagesub.audit` of the main database, in the caller's transaction: a change and
 * its entry are committed together, or neither is.
 */
export async function appendAudit(client: pg.Client, events: AuditEvent[]): Promise<void> {
  if (events.length === 0) return;
  await client.query(
    `INSERT INTO stagesub.audit (stack, orchestra, action, detail, actor)
     SELECT stack, orchestra, action, detail, $2
     FROM json_to_recordset($1) AS e (stack text, orchestra text, action text, detail jsonb)`,
    [JSON.stringify(events), describeActor(process.env)],
  );
}

/**
 * Returns the latest entries of a stack, the last one first.
 *
 * @throws {UserError} also if the main database has no audit yet
 */
export async function readAudit(
  connection: Connection,
  filter: { stack: string; orchestra?: string | undefined; since?: Date | undefined; limit: number },
): Promise<AuditEntry[]> {
  const read = async (client: pg.Client) => {
    await requireAudit(client);
    const { rows } = await client.query<Omit<AuditEntry, "at"> & { at: Date }>(
      `SELECT at, stack, orchestra, action, detail, actor FROM stagesub.audit
         WHERE stack = $1 AND ($2::text IS NULL OR orchestra = $2) AND ($3::timestamptz IS NULL OR at >= $3)
         ORDER BY id DESC LIMIT $4`,
      [filter.stack, filter.orchestra ?? null, filter.since ?? null, filter.limit],
    );
    return rows.map((row) => ({ ...row, at: row.at.toISOString() }));
  };
  return withSnapshot(connection, mainDatabaseName, read, previewLimits);
}

/** Refuses a main database without an audit, which `pulumi up` makes. @throws {UserError} */
export async function requireAudit(client: pg.Client): Promise<void> {
  if (await hasRelation(client, "stagesub.audit")) return;
  throw new UserError(
    "main-database-behind",
    `Expected the log of what happened in ${mainDatabaseName}, found none: it comes with the next \`pulumi up\`.`,
  );
}

/** Returns the account that started the job in CI, or `user@machine`. */
export function describeActor(env: NodeJS.ProcessEnv): string {
  // https://docs.github.com/en/actions/reference/workflows-and-actions/variables
  if (env["GITHUB_ACTIONS"] === "true") return `${env["GITHUB_ACTOR"]} by GitHub Actions`;
  // https://docs.gitlab.com/ci/variables/predefined_variables/
  if (env["GITLAB_CI"] === "true") return `${env["GITLAB_USER_LOGIN"]} by GitLab CI`;
  return `${userName()}@${hostname()}${env["CI"] ? " in CI" : ""}`;
}

/** Returns the user's name, or the user id in a container where the user has no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.()}`;
  }
}
