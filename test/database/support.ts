import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { randomBytes } from "node:crypto";
import pg from "pg";
import { onTestFinished } from "vitest";
import type { Connection } from "../../infra/database/connection/connection.ts";
import type { OrchestraDatabaseSpec } from "../../infra/database/tenant/ensureOrchestraDatabase.ts";
import { readMigrations } from "../../infra/database/migrations/readMigrations.ts";
import type { MadeSchema } from "../../infra/database/schema/schemaFile.ts";
import { makeSchemaFile } from "../../scripts/migrations/makeSchema.ts";
import { schemaFilePath } from "../../infra/database/schema/readSchemaFiles.ts";
import type { Registration } from "../../infra/database/registry/registration.ts";

export const root = path.join(import.meta.dirname, "../..");

/** Makes the spec of a claimed database with the real migrations and seeds; the role's name is unique, since roles are cluster-wide. */
export function specFor(connection: Connection, changes: Partial<OrchestraDatabaseSpec> = {}): OrchestraDatabaseSpec {
  return {
    connection,
    key: "malmo",
    stack: "production",
    appRole: { name: `app_${randomBytes(6).toString("hex")}`, version: 1, password: "AppPassword-Secret-1" },
    owner: malmo,
    migrations: path.join(root, "migrations/orchestra"),
    seeds: path.join(root, "seeds/orchestra"),
    ...changes,
  };
}

export const malmo = {
  orchestra: "malmo",
  name: "Malmö Symfoniorkester",
  administrator: { name: "Åsa Öberg", email: "asa@example.se", password: "OneTime-Secret-1" },
};

/** The folders of the real migrations. */
export const migrations = {
  orchestra: path.join(root, "migrations/orchestra"),
  registry: path.join(root, "migrations/registry"),
};

/** A row for a main database that is backed up. */
export const malmoRegistration: Registration = {
  stack: "local",
  orchestra: "malmo",
  name: "Malmö",
  subdomain: "malmo",
  databaseUrl: "postgresql://app:Url-Secret@127.0.0.1:1/x",
  status: "Active",
  contactName: "Å",
  contactEmail: "a@example.se",
  setupDate: "2026-11-22",
};

/** Copies a folder that the test may change, until the test ends. */
export async function copyFolder(folder: string): Promise<string> {
  const copy = await mkdtemp(path.join(tmpdir(), "stagesub-copy-"));
  await cp(path.join(root, folder), copy, { recursive: true });
  onTestFinished(() => rm(copy, { recursive: true, force: true }));
  return copy;
}

type Databases = { createDatabase(): Promise<Connection> };

/** Makes the schema of a folder's migrations, up to one of them. */
export async function makeSchema(postgres: Databases, folder: string, upTo?: string): Promise<MadeSchema> {
  const all = readMigrations(folder);
  const count = upTo === undefined ? all.length : all.findIndex(({ file }) => file === upTo) + 1;
  return makeSchemaFile(await postgres.createDatabase(), folder, all, { group: null }, count);
}

/** Writes the schema file of a copied folder anew. */
export async function commitSchema(postgres: Databases, folder: string): Promise<void> {
  const { text, major } = await makeSchema(postgres, folder);
  await writeFile(schemaFilePath(folder, major), text);
}

/** Opens a connection that is closed after the test. */
export async function connect({ host, port, user, password, database }: Connection): Promise<pg.Client> {
  const client = new pg.Client({ host, port, user, password, database });
  await client.connect();
  onTestFinished(() => client.end());
  return client;
}

/** Runs one statement on a connection of its own. */
export async function query<T extends pg.QueryResultRow>(
  connection: Connection,
  sql: string,
  values: unknown[] = [],
): Promise<T[]> {
  const { host, port, user, password, database } = connection;
  const client = new pg.Client({ host, port, user, password, database });
  await client.connect();
  try {
    return (await client.query<T>(sql, values)).rows;
  } finally {
    await client.end();
  }
}

/** Returns the message of the error that `work` must throw. */
export async function messageOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof Error)) throw new Error("Expected an error, got none.");
  return error.message;
}
