import { describe, expect, it } from "vitest";

import { compareOrchestra, type ObservedOrchestra } from "../../../scripts/fleet/compareOrchestra.ts";
import type { DatabaseReading } from "../../../scripts/fleet/readDatabase.ts";
import { orchestra } from "../../support/fleets.ts";

const { database, declared, row } = orchestra({ id: "gavle", name: "Gävle", contact: "Åsa" });
const { state, ...size } = database as Extract<DatabaseReading, { kind: "read" }>;
const databaseUrl = "postgresql://app:s3cret@h/d";
const right: ObservedOrchestra = {
  ...{
    id: "gavle",
    declared: declared!,
    row: { ...row!, key: "gavle", databaseUrl },
    otherRows: [],
    rowsRead: true,
    database,
  },
  ...{ migrations: {}, expectedUrl: databaseUrl, isRunning: true },
  app: { kind: "read", reads: true, creates: false, looksInside: false },
};
const read = (change: Partial<typeof state>): ObservedOrchestra => ({
  ...right,
  database: { ...size, state: { ...state, ...change } },
});
const differences = (observed: ObservedOrchestra) => compareOrchestra(observed).map(({ text }) => text);

describe("compareOrchestra", () => {
  it("finds none where declaration, row and database agree", () => {
    expect(compareOrchestra(right)).toEqual([]);
  });

  it("names each column of the row that is not as declared, with both values", () => {
    const changes = { name: "Gefle", subdomain: "gefle", setupDate: "2025-01-01", status: "Suspended" };
    const row = { ...right.row!, ...changes, contactName: null };
    expect(differences({ ...right, row })).toMatchInlineSnapshot(`
      [
        "name: declared "Gävle", in the main database "Gefle"",
        "subdomain: declared "gavle", in the main database "gefle"",
        "contact: declared "Åsa", in the main database nothing",
        "set-up date: declared "2026-09-14", in the main database "2025-01-01"",
        "status: declared "Active", in the main database "Suspended"",
      ]
    `);
  });

  it("shows neither of two connection URLs that differ", () => {
    const [text, ...others] = differences({ ...right, expectedUrl: "postgresql://app:other@h/d" });
    expect(text).toContain("connection URL");
    expect(text).not.toMatch(/s3cret|other@/);
    expect(others).toEqual([]);
  });

  it("counts and names the migrations that a database lacks", () => {
    const migrations = { "0001_a.sql": "aa", "0002_b.sql": "bb", "0003_c.sql": "cc" };
    expect(compareOrchestra({ ...read({ migrations: { "0001_a.sql": "aa" } }), migrations })).toEqual([
      { kind: "pending", field: "version", text: "behind, 2 pending: 0002_b.sql, 0003_c.sql" },
    ]);
  });

  it("tells an edited migration", () => {
    const edited = { ...read({ migrations: { "0001_a.sql": "zz" } }), migrations: { "0001_a.sql": "aa" } };
    expect(differences(edited)).toEqual([expect.stringContaining("edited after it was applied")]);
  });

  it("tells seeds that are gone, rights that drifted and another owner", () => {
    expect(differences(read({ missing: ["EmailTemplate welcome.sv"], drift: ["REVOKE x"], owner: "malmo" }))).toEqual([
      "its database says that it belongs to malmo",
      "missing: EmailTemplate welcome.sv",
      "rights: REVOKE x",
    ]);
  });

  it("tells a rotation that is declared and not done, and an app without a login", () => {
    const declared = { ...right.declared, passwordVersion: 11 };
    expect(differences({ ...right, declared })).toEqual([
      "passwords: declared version 11, the app's login is app_gavle_1",
    ]);
    expect(differences(read({ appRole: "" }))).toEqual([
      "passwords: declared version 1, its database has no login for the app that works",
    ]);
  });

  it("says one thing of an orchestra that is not made yet", () => {
    expect(differences({ ...right, row: undefined, database: { kind: "absent" } })).toEqual([
      "declared, and not made yet",
    ]);
  });

  it("takes a missing row for a difference only where the main database could be read", () => {
    expect(differences({ ...right, row: undefined })).toEqual(["declared, but without a row in the main database"]);
    expect(differences({ ...right, row: undefined, rowsRead: false })).toEqual([]);
  });

  it("repeats why a database cannot be read", () => {
    const database = { kind: "unreachable" as const, reason: "no answer" };
    expect(differences({ ...right, database })).toEqual(["its database: no answer"]);
  });

  it("does not repeat that a paused project's database gives no answer", () => {
    const database = { kind: "unreachable" as const, reason: "no answer" };
    expect(differences({ ...right, database, isRunning: false })).toEqual([]);
  });

  it("finds a second row that leads to the same database, whoever made it, by whichever login and pooler port", () => {
    const second = { ...right.row!, id: "2", subdomain: "gefle", registration: null };
    const expectedUrl = "postgresql://app_gavle_1.abcdefghijklmnopqrst:s@pooler.example.com:6543/postgres";
    const row = { ...right.row!, databaseUrl: expectedUrl };
    const databaseUrl = "postgresql://postgres.abcdefghijklmnopqrst:other@pooler.example.com:5432/postgres";
    const otherRows = [
      { ...second, databaseUrl },
      { ...second, id: "3", databaseUrl: "postgresql://a:b@elsewhere/postgres" },
    ];
    expect(differences({ ...right, row, expectedUrl, otherRows })).toEqual([
      'a second row in the main database leads to its database: "gefle", id "2"',
    ]);
  });

  it("finds that the app's login is refused, does not answer, or may more or less than it needs", () => {
    const may = { kind: "read", reads: true, creates: false, looksInside: false } as const;
    const apps = [
      { kind: "refused", reason: "Refused." },
      { kind: "unreachable", reason: "no answer" },
      { ...may, reads: false },
      { ...may, creates: true, looksInside: true },
    ] as const;
    expect(apps.flatMap((app) => compareOrchestra({ ...right, app }).map(({ kind, text }) => `${kind}, ${text}`)))
      .toMatchInlineSnapshot(`
      [
        "drift, the app's login: Refused. New passwords for it: ./stagesub rotate gavle",
        "unseen, as the app: no answer",
        "drift, rights: app_gavle_1 cannot read. Its group's rights are as declared: look at what app_gavle_1 and PUBLIC were given by hand",
        "drift, rights: app_gavle_1 can make tables, and it can look into the schema stagesub. Its group's rights are as declared: look at what app_gavle_1 and PUBLIC were given by hand",
      ]
    `);
    // The catalogue's differences name the statements; what the login may follows from them.
    expect(differences({ ...read({ drift: ["REVOKE x"] }), app: { ...may, creates: true } })).toEqual([
      "rights: REVOKE x",
    ]);
  });
});
