import pg from "pg";

import { type Connection, withClient } from "../../infra/database/connection.ts";
import { inspectOrchestraDatabase } from "../../infra/database/inspectOrchestraDatabase.ts";
import { findLedgerProblems } from "../../infra/database/ledger.ts";
import type { OrchestraDatabaseState } from "../../infra/database/orchestraState.ts";
import { type Finding, fails, holds, skips } from "./finding.ts";
import type { Subject } from "./subject.ts";

/** Long enough for a busy pooler, short enough for somebody who waits. */
export const limits = { connectMs: 3_000, attemptMs: 10_000, statementMs: 30_000 };

export interface Inside {
  findings: Record<"templates" | "settings" | "ledger" | "rights", Finding>;
  /** Left out where nothing could be seen. */
  state?: OrchestraDatabaseState;
}

/** Looks into the orchestra's database as its owner, and through the app's own URL. Changes nothing. */
export async function checkDatabase({ id, database, migrations }: Subject): Promise<Inside> {
  const blind = (ledger: Finding): Inside => ({
    findings: { templates: skips("ledger"), settings: skips("ledger"), ledger, rights: skips("ledger") },
  });
  if (!database)
    return blind(
      fails("not provisioned", `Expected a database for ${id}; the stack has made none yet. Run \`pulumi up\`.`),
    );
  const look = inspectOrchestraDatabase({ connection: database.owner, key: id, limits });
  const state = await look.catch((error: Error) => error);
  if (state instanceof Error) return blind(fails("unreachable", state.message));
  if (!state)
    return blind(
      fails(
        "empty",
        `Expected a migrated database for ${id}; nothing of ours is in it. Check its URL, run \`pulumi up\`.`,
      ),
    );
  const counted = (kind: string, count: number) => checkRows(kind, count, state.missing);
  return {
    findings: {
      templates: counted("EmailTemplate", state.templates),
      settings: counted("SystemSetting", state.settings),
      ledger: checkLedger(migrations, state.migrations),
      rights: await checkRights(database.app, state.drift),
    },
    state,
  };
}

function checkRows(kind: string, count: number, missing: string[]): Finding {
  const gone = missing.filter((row) => row.startsWith(`${kind} `)).map((row) => row.slice(kind.length + 1));
  if (gone.length === 0 && count > 0) return holds(`${count}`);
  const got = gone.length > 0 ? `without ${gone.join(", ")}` : "with no row at all";
  return fails(
    `${count}`,
    `Expected every seeded row of "${kind}", got it ${got}. \`pulumi up --refresh\` brings them back.`,
  );
}

/** Whether what was applied is what lies on disk: the same files, with the same bytes. */
export function checkLedger(onDisk: Record<string, string>, applied: Record<string, string>): Finding {
  const files = Object.entries(onDisk).map(([file, sha256]) => ({ file, sha256 }));
  const problems = findLedgerProblems(files, applied);
  if (problems.length > 0) return fails("differs", `Expected the migrations on disk. ${problems.join(" ")}`);
  const pending = Object.keys(onDisk).filter((file) => !Object.hasOwn(applied, file));
  const version = Object.keys(applied).sort().at(-1) ?? "none";
  if (pending.length === 0) return holds(version.replace(/\.sql$/, ""));
  return fails(
    `${pending.length} behind`,
    `Expected every migration on disk, got ${version} as the last one; pending: ${pending.sort().join(", ")}. Run \`pulumi up\`.`,
  );
}

/** Whether the app may do what it must and nothing more, by the catalogue and by trying. */
async function checkRights(app: Connection, drift: string[]): Promise<Finding> {
  if (drift.length > 0)
    return fails(
      "drift",
      `Expected rights as declared; these statements are missing: ${drift.join("; ")}. \`pulumi up --refresh\` makes them.`,
    );
  const wrong = await withClient(app, tryRights, limits).catch((error: Error) => error);
  if (wrong instanceof Error) return fails("unreachable", `As the app: ${wrong.message}`);
  const role = app.user.split(".")[0] ?? "";
  if (wrong.length === 0) return holds(role);
  return fails(
    "wrong",
    `Expected ${role} to do what the app needs and no more; it ${wrong.join(", and it ")}. Its group's rights are as declared, ` +
      `so look at what ${role} and PUBLIC were given by hand, and take it away.`,
  );
}

const tries: { may: boolean; sql: string; otherwise: string }[] = [
  { may: true, sql: 'SELECT FROM public."User" LIMIT 1', otherwise: "cannot read" },
  { may: false, sql: "CREATE TABLE public.stagesub_probe ()", otherwise: "can make tables" },
  { may: false, sql: "SELECT FROM stagesub.owner", otherwise: "can look into the schema stagesub" },
];

/** What is not as it should be. Each try is rolled back. */
async function tryRights(client: pg.Client): Promise<string[]> {
  const wrong: string[] = [];
  for (const { may, sql, otherwise } of tries) {
    await client.query("BEGIN");
    const allowed = await client.query(sql).then(
      () => true,
      (error: unknown) => {
        if (error instanceof pg.DatabaseError && error.code === "42501") return false;
        throw error;
      },
    );
    await client.query("ROLLBACK");
    if (allowed !== may) wrong.push(otherwise);
  }
  return wrong;
}
