import { describe, expect, it } from "vitest";

import { type ProjectEndpoints, projectConnections } from "../../../infra/resources/connections.ts";

const app = { role: "app_malmo_1", password: "app's" };

function ways(pooler: Record<string, string>, connect: ProjectEndpoints["connect"] = "session") {
  const { migrator, app: login } = projectConnections({ ref: "abc", pooler, connect }, "owner's", app);
  return [migrator, login].map(({ user, host, port }) => `${user}@${host}:${port}`);
}

/** Supabase's API names the transaction pooler and no other; that its session pooler is on 5432 is its documentation's word. */
describe("a project's connections", () => {
  it("lead migrations to the session pooler beside the transaction pooler that the API names", () => {
    const transaction = "postgresql://postgres.abc:[YOUR-PASSWORD]@aws-1-eu-north-1.pooler.supabase.com:6543/postgres";
    expect(ways({ transaction })).toEqual([
      "postgres.abc@aws-1-eu-north-1.pooler.supabase.com:5432",
      "app_malmo_1.abc@aws-1-eu-north-1.pooler.supabase.com:6543",
    ]);
    expect(ways({ transaction: "postgresql://postgres.abc:[YOUR-PASSWORD]@127.0.0.1:24722/postgres" })).toEqual([
      "postgres.abc@127.0.0.1:24723",
      "app_malmo_1.abc@127.0.0.1:24722",
    ]);
  });

  it("lead migrations to the database's own host where that is declared", () => {
    const transaction = "postgresql://postgres.abc:[YOUR-PASSWORD]@pooler.example.com:6543/postgres";
    expect(ways({ transaction }, "direct")[0]).toBe("postgres@db.abc.supabase.co:5432");
  });

  it("are not guessed where the API names no transaction pooler", () => {
    expect(() => ways({ session: "postgresql://postgres.abc@pooler.example.com:5432/postgres" })).toThrow(
      "with a transaction connection string that names host and port; got none",
    );
  });
});
