import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readBase } from "../../../../scripts/migrations/base/readBase.ts";
import { reviewMigrations } from "../../../../scripts/migrations/reviewMigrations.ts";
import { makeRepository, type GitRepository } from "../../../support/gitRepository.ts";

const first = "migrations/orchestra/0001_first.sql";

/** Real git; nothing here starts PostgreSQL: see test/database/migrationReview.test.ts. */
describe("a branch's migrations beside the base branch's", () => {
  let repository: GitRepository;
  let empty: string;
  beforeAll(async () => {
    empty = await mkdtemp(path.join(tmpdir(), "stagesub-empty-"));
    repository = await makeRepository();
    await repository.write(first, "-- Up Migration\nSELECT 1;\n");
    await repository.write("migrations/registry/.hidden", "");
    await repository.commit();
    await repository.git("checkout", "--quiet", "-b", "branch");
    await repository.git("checkout", "--quiet", "main");
    await repository.write("migrations/orchestra/0002_theirs.sql", "-- Up Migration\nSELECT 'Ö';\n");
    await repository.commit();
    await repository.git("checkout", "--quiet", "branch");
    await repository.commit();
  });
  afterAll(async () => {
    for (const dir of [repository.dir, empty]) await rm(dir, { recursive: true, force: true });
  });

  const refusal = async (dir: string, ref?: string) => {
    const error: unknown = await readBase(dir, ref).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "base-unreadable" });
    return (error as Error).message.replaceAll(dir, "DIR");
  };

  it("are read from its tip and from where the branch left it, byte for byte", async () => {
    const { ref, commit, mergeBase, tip, fork } = await readBase(repository.dir);
    expect({ ref, commit, mergeBase }).toEqual({
      ref: "main",
      commit: await repository.git("rev-parse", "main"),
      mergeBase: await repository.git("rev-parse", "main~1"),
    });
    expect([...tip.orchestra].map(([file, bytes]) => [file, String(bytes)])).toEqual([
      ["0001_first.sql", "-- Up Migration\nSELECT 1;\n"],
      ["0002_theirs.sql", "-- Up Migration\nSELECT 'Ö';\n"],
    ]);
    expect([...fork.orchestra.keys()]).toEqual(["0001_first.sql"]);
    expect([fork.registry.size, tip.registry.size]).toEqual([0, 0]);
  });

  it("prefer origin/main where there is one", async () => {
    await repository.git("update-ref", "refs/remotes/origin/main", "main~1");
    expect(await readBase(repository.dir)).toMatchObject({ ref: "origin/main" });
    await repository.git("update-ref", "-d", "refs/remotes/origin/main");
  });

  it("say how to fetch what is not there", async () => {
    expect(await refusal(repository.dir, "origin/release")).toMatchInlineSnapshot(
      `"Expected origin/release in this clone, to compare the migrations with; found none. Fetch it: git fetch origin +refs/heads/release:refs/remotes/origin/release"`,
    );
    expect(await refusal(repository.dir, "release")).toMatchInlineSnapshot(
      `"Expected release in this clone, to compare the migrations with; found none. Fetch it: git fetch origin +refs/heads/release:refs/remotes/origin/release, then --base origin/release"`,
    );
    expect(await refusal(repository.dir, "--upload-pack=touch")).toMatchInlineSnapshot(
      `"Expected a branch, tag or commit, got "--upload-pack=touch"."`,
    );
    expect(await refusal(empty)).toMatchInlineSnapshot(
      `"Expected a git repository at DIR: new migrations are those that the base branch lacks."`,
    );
  });

  it("say how to deepen a shallow clone, and that command does it", async () => {
    const clone = await makeRepository();
    await clone.git("remote", "add", "origin", `file://${repository.dir}`);
    await clone.git("fetch", "--quiet", "--depth=1", "origin", "branch");
    await clone.git("checkout", "--quiet", "FETCH_HEAD");
    const message = await refusal(clone.dir);
    expect(message).toMatchInlineSnapshot(
      `"Expected origin/main or main in this clone, to compare the migrations with; found none. Fetch it: git fetch --unshallow origin +refs/heads/main:refs/remotes/origin/main"`,
    );
    await clone.git("fetch", "--quiet", "--depth=1", "origin", "+refs/heads/main:refs/remotes/origin/main");
    const shallow = await refusal(clone.dir, "origin/main");
    expect(shallow).toMatchInlineSnapshot(
      `"Expected the commit at which this branch left origin/main, but this clone is shallow and lacks it. Fetch it: git fetch --unshallow origin +refs/heads/main:refs/remotes/origin/main"`,
    );
    await clone.git(...shallow.split("Fetch it: git ")[1]!.split(" "));
    expect(await readBase(clone.dir)).toMatchObject({ ref: "origin/main" });
    await rm(clone.dir, { recursive: true });
  });

  it("without a new one are no reason to start anything; what breaks the rules neither", async () => {
    const log = (line: string) => expect.unreachable(line);
    const review = () => reviewMigrations({ root: repository.dir, log });
    expect(await review()).toMatchObject({ files: [], problems: [], data: [] });
    await repository.write("migrations/orchestra/0002_ours.sql", "-- Up Migration\nSELECT 2;\n");
    await repository.write(first, "-- Up Migration\nSELECT 3;\n");
    const { problems } = await review();
    expect(problems.map(({ file, rule, instead }) => [file, rule, instead])).toEqual([
      ["0001_first.sql", "edited", "Undo the edit and put the change into a new file."],
      ["0002_ours.sql", "order", "Rename it to 0003_ours.sql."],
      ["0002_ours.sql", "no-down", expect.stringContaining("-- Down Migration: none, because …")],
    ]);
  });
});
