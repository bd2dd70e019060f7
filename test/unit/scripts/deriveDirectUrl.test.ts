import { describe, expect, it } from "vitest";

import { deriveDirectUrl } from "../../../scripts/adopt/deriveDirectUrl.ts";

describe("the way for migrations beside an app's URL", () => {
  const ref = "abcdefghijklmnopqrst";

  it("is the same host on port 5432 for Supabase's transaction poolers, shared and dedicated", () => {
    const pooler = `postgresql://postgres.${ref}:p%40ss@aws-0-eu-north-1.pooler.supabase.com`;
    expect(deriveDirectUrl(`${pooler}:6543/postgres?pgbouncer=true&connection_limit=1`)).toBe(
      `${pooler}:5432/postgres`,
    );
    expect(deriveDirectUrl(`postgres://postgres:p@db.${ref}.supabase.co:6543/postgres`)).toBe(
      `postgresql://postgres:p@db.${ref}.supabase.co:5432/postgres`,
    );
  });

  it("is the URL itself, without what it tells clients, where that is direct or a session", () => {
    expect(deriveDirectUrl("postgres://u:p%2F%40@db.example.se/malmo?sslmode=require")).toBe(
      "postgresql://u:p%2F%40@db.example.se:5432/malmo",
    );
  });

  it("is unknown behind any other transaction pooler, and for what is no URL", () => {
    expect(deriveDirectUrl("postgres://u:p@db.example.se:6432/malmo?pgbouncer=true")).toBeUndefined();
    expect(deriveDirectUrl("postgres://u:p@db.example.se:6543/malmo")).toBeUndefined();
    expect(deriveDirectUrl("db.example.se")).toBeUndefined();
  });
});
