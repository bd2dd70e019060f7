import { describe, expect, it } from "vitest";
import { ensureOrchestraDatabase } from "../../infra/database/ensureOrchestraDatabase.ts";
import { inspectOrchestraDatabase } from "../../infra/database/inspectOrchestraDatabase.ts";
import { usePostgres } from "../support/postgres.ts";
import { specFor } from "./support.ts";

describe("ensureOrchestraDatabase", () => {
  const postgres = usePostgres();

  it("migrates, seeds and hands over an empty database, and a rerun changes nothing", async () => {
    const spec = specFor(await postgres.createDatabase());
    expect(await inspectOrchestraDatabase(spec)).toBeUndefined();
    const state = await ensureOrchestraDatabase(spec);
    expect(await ensureOrchestraDatabase(spec)).toEqual(state);
    expect(await inspectOrchestraDatabase(spec)).toEqual(state);
  });
});
