import { randomUUID } from "node:crypto";

import { expect } from "vitest";

import { createFirstAdministrator } from "../../infra/database/tenant/administrator.ts";
import { type Connection, withClient } from "../../infra/database/connection/connection.ts";
import { readOrchestraRows } from "../../infra/database/registry/orchestraRows.ts";
import { ensureRegistration, inspectRegistration } from "../../infra/database/registry/registration.ts";
import type { HostileOrchestra } from "./hostileNames.ts";

/** Writes the names that the stack file let through into the main database: each is read back as it was, and there is no other. */
export async function throughRegistration(main: Connection, entries: HostileOrchestra[]): Promise<void> {
  const before = (await readOrchestraRows(main)).length;
  const registrations = entries.map(({ id, name, subdomain, contact }) => ({
    stack: "production",
    orchestra: id,
    name,
    subdomain,
    databaseUrl: "postgresql://u:p@127.0.0.1:1/d",
    status: "Active" as const,
    contactName: contact.name,
    contactEmail: contact.email,
    setupDate: "2026-11-22",
  }));
  for (const registration of registrations) {
    await ensureRegistration(main, registration);
    expect(await inspectRegistration(main, registration)).toMatchObject(registration);
  }
  expect(await readOrchestraRows(main)).toHaveLength(before + entries.length);
}

/** Writes any texts that PostgreSQL can hold as first administrators, reads them back one by one, and rolls the transaction back. */
export async function throughAdministrators(database: Connection, entries: HostileOrchestra[]): Promise<void> {
  // No half surrogate pair is UTF-8, and PostgreSQL's text holds no NUL.
  const plain = (text: string) => Buffer.from(text, "utf8").toString("utf8").replaceAll("\0", "");
  await withClient(database, async (client) => {
    await client.query("BEGIN; SET LOCAL search_path = public");
    const wanted = entries.map(({ name, contact }) => ({
      name: plain(name),
      email: `${randomUUID()}${plain(contact.email)}`,
    }));
    const { rows: before } = await client.query<{ n: number }>(`SELECT count(*)::int AS n FROM "User"`);
    for (const { name, email } of wanted)
      await createFirstAdministrator(client, { name, email, password: "" }, "$hash");
    const { rows } = await client.query<{ name: string; email: string }>(
      `SELECT "name", "email" FROM "User" WHERE "passwordHash" = '$hash'`,
    );
    const byEmail = new Map(rows.map(({ name, email }) => [email, name]));
    for (const { name, email } of wanted) expect(byEmail.get(email.toLowerCase())).toBe(name);
    expect(rows).toHaveLength(wanted.length);
    const { rows: after } = await client.query<{ n: number }>(`SELECT count(*)::int AS n FROM "User"`);
    expect(after[0]!.n - before[0]!.n).toBe(wanted.length);
    await client.query("ROLLBACK");
  });
}
