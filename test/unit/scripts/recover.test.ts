import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { findWhole, readStateFile, stateFiles } from "../../../scripts/recover/findWhole.ts";

/** Which file is taken. That Pulumi's are of this form and where they are named: test/faults/stateFolder.test.ts. */
describe("a state that was cut off", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "stagesub-recover-"));
    const { state, backups } = stateFiles(folder, "production");
    for (const place of [path.dirname(state), backups]) await mkdir(place, { recursive: true });
  });
  afterEach(() => rm(folder, { recursive: true }));

  const whole = (count: number) =>
    JSON.stringify({ version: 3, checkpoint: { latest: { resources: Array.from({ length: count }, () => ({})) } } });
  const keep = async (stamp: string, text: string) => {
    const file = path.join(stateFiles(folder, "production").backups, `production.${stamp}.json`);
    await writeFile(file, text);
    return file;
  };
  const find = () => findWhole(stateFiles(folder, "production"));

  it("is known by its end; one that holds nothing yet is whole", async () => {
    const file = path.join(folder, "state.json");
    for (const [text, resources] of [
      [whole(3), 3],
      [whole(3).slice(0, -1), undefined],
      ["", undefined],
      ['{"version":3,"checkpoint":{"stack":"production"}}', 0],
      ['{"version":3,"checkpoint":{"stack":"production","latest":null}}', 0],
    ] as const) {
      await writeFile(file, text);
      expect(await readStateFile(file), text).toEqual({ path: file, resources, bytes: text.length });
    }
    expect(await readStateFile(path.join(folder, "none.json"))).toBeUndefined();
  });

  it("gives way to the one before it, which is newer than all that is kept", async () => {
    const { before } = stateFiles(folder, "production");
    await keep("1795770697157559189", whole(3));
    await writeFile(before, whole(4));
    expect(await find()).toMatchObject({ path: before, resources: 4 });
  });

  it("gives way to the newest of those kept that is whole, where the one before it was cut off too", async () => {
    await writeFile(stateFiles(folder, "production").before, whole(4).slice(0, 9));
    await keep("1795770697157559100", whole(2));
    const newest = await keep("1795770697157559200", whole(3));
    await keep("1795770697157559300", whole(4).slice(0, 20));
    expect(await find()).toMatchObject({ path: newest, resources: 3 });
  });

  it("stays where none is whole", async () => {
    expect(await find()).toBeUndefined();
    await rm(stateFiles(folder, "production").backups, { recursive: true });
    expect(await find()).toBeUndefined();
  });
});
