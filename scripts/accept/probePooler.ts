import pg from "pg";

import { tlsOptions } from "../../infra/database/connection/connectClient.ts";
import type { Connection } from "../../infra/database/connection/connection.ts";
import type { Recording } from "./recorder.ts";
import { scrub } from "./shape.ts";

/**
 * Connects in ways that must be refused and notes SQLSTATE and wording. One attempt each: Supavisor shuts a client out after ten refused
 * passwords in 150 seconds, or five failed look-ups of a role (lib/supavisor/circuit_breaker.ex).
 */
export async function probePooler(owner: Connection, recording: Recording, own: readonly string[]): Promise<void> {
  const [role, ref] = owner.user.split(".");
  const ways: Record<string, Partial<Connection>> = {
    "wrong password": { password: "wrong" },
    "unknown role": { user: ref === undefined ? "nobody" : `nobody.${ref}` },
    "unknown database": { database: "nowhere" },
    ...(ref !== undefined && { "unknown project": { user: `${role}.aaaaabbbbbcccccddddd` } }),
  };
  for (const [way, change] of Object.entries(ways)) {
    const { code, message } = await refusal({ ...owner, ...change });
    recording[`database ${way}`] = {
      request: {},
      answers: { [code]: { headers: [], body: {}, errors: [scrub(message, own)] } },
    };
  }
}

async function refusal({ ca, ...connection }: Connection): Promise<{ code: string; message: string }> {
  const client = new pg.Client({
    ...connection,
    ssl: tlsOptions(connection.host, ca),
    connectionTimeoutMillis: 15_000,
  });
  client.on("error", () => undefined);
  try {
    await client.connect();
    return { code: "let in", message: "" };
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    return { code: code ?? "no code", message };
  } finally {
    await client.end().catch(() => undefined);
  }
}
