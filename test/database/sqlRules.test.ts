import path from "node:path";

import type pg from "pg";
import { describe, expect, it } from "vitest";

import { splitStatements } from "../../infra/database/migrations/sqlStatements.ts";
import { usePostgres } from "../support/postgres.ts";
import { applied, corpusDir, judgeCorpus, place, readFolder, type Judged } from "../unit/rules/corpus.ts";
import { connect } from "./support.ts";

const postgres = usePostgres();

/** PostgreSQL's own report for each rule that says every row is written again or read. */
const claims: Record<string, "rewriting" | "verifying"> = {
  "rewrite-table": "rewriting",
  "set-not-null": "verifying",
  "check-validates": "verifying",
};

/**
 * The rules beside what PostgreSQL 17 says of itself at `client_min_messages = debug1`. It proves nothing of rules about names, rights or
 * what is unseen, nor of CONCURRENTLY and VACUUM, which run outside a transaction; foreign keys and indexes are checked without a word.
 */
describe("PostgreSQL itself", () => {
  it("writes or reads every row where a rule says so", async () => {
    const client = await openCorpus();
    const claimed = (await judgeCorpus("dangerous")).filter(({ expected }) => expected.some((rule) => rule in claims));
    const wrong: string[] = [];
    for (const one of claimed) {
      await client.query("BEGIN");
      const said = await run(client, one, "dangerous");
      await client.query("ROLLBACK");
      const wanted = one.expected.flatMap((rule) => claims[rule] ?? []);
      // A table that is written again is checked on the way.
      const isSaid = wanted.every((kind) => said.some((line) => line.startsWith(kind) || line.startsWith("rewriting")));
      if (!isSaid) wrong.push(`${place(one)} said ${said.join("; ")}`);
    }
    expect(claimed.length).toBeGreaterThan(10);
    expect(wrong).toEqual([]);
  });

  it("neither writes nor reads every row of a table in use at what is ordinary", async () => {
    const client = await openCorpus();
    const tables = new Set(
      (await client.query<{ name: string }>("SELECT relname AS name FROM pg_class")).rows.map(({ name }) => name),
    );
    const wrong: string[] = [];
    const ordinary = (await judgeCorpus("ordinary")).filter(({ isAlone }) => !isAlone);
    for (const file of new Set(ordinary.map((one) => one.file))) {
      await client.query("BEGIN");
      for (const one of ordinary.filter((other) => other.file === file)) {
        const said = await run(client, one, "ordinary");
        // VALIDATE CONSTRAINT reads every row, and stops nobody meanwhile.
        const heard = said.filter(
          (line) => !/VALIDATE CONSTRAINT/.test(one.statement.text) || !line.startsWith("verifying"),
        );
        const old = heard.filter((line) => tables.has(/"(.*)"/.exec(line)?.[1] ?? "") || line.startsWith("failed"));
        if (old.length > 0) wrong.push(`${place(one)} said ${old.join("; ")}`);
      }
      await client.query("ROLLBACK");
    }
    expect(ordinary.length).toBeGreaterThan(60);
    expect(wrong).toEqual([]);
  });
});

/** Opens a database with all that the corpus takes for applied. */
async function openCorpus(): Promise<pg.Client> {
  const connection = await postgres.createDatabase();
  const client = await connect(connection);
  for (const { up } of applied) await client.query(up);
  await client.query("SET client_min_messages = debug1");
  return client;
}

/** Returns the server's notices about tables at one statement, such as `rewriting table "Musician"`, and its error. */
async function run(client: pg.Client, { file, statement }: Judged, part: string): Promise<string[]> {
  const { up, upLine } = readFolder(path.join(corpusDir, part)).find((one) => one.file === file)!;
  const text = splitStatements(up).find(({ line }) => line + upLine - 1 === statement.line)!.text;
  const said: string[] = [];
  const listen = ({ message }: { message?: string | undefined }) => said.push(message ?? "");
  client.on("notice", listen);
  await client.query("SAVEPOINT one");
  try {
    await client.query(text);
  } catch (error) {
    said.push(`failed: ${(error as Error).message}`);
    await client.query("ROLLBACK TO SAVEPOINT one");
  } finally {
    client.off("notice", listen);
  }
  return said.filter((line) => /^(rewriting|verifying) table|^failed/.test(line));
}
