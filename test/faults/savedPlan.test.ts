import { readFile, stat, writeFile } from "node:fs/promises";
import path from "node:path";

import { describe, expect, it } from "vitest";

import { useEngine } from "../support/engine.ts";

/** It does not prove that Pulumi's update plans constrain what a provider does: they constrain which resources get which inputs. */
describe("a saved plan", () => {
  const engine = useEngine({ orchestras: ["malmo"], spares: 0 });
  const stackFile = "stacks/Pulumi.local.yaml";
  const added = "migrations/orchestra/0099_added.sql";
  const upMigration = (sql: string) => `-- Up Migration\n${sql};\n`;
  const file = () => path.join(engine.checkout.dir, "plan.json");
  const save = () => engine.orchestra("plan", "--save", file());
  const apply = () => engine.orchestra("up", "--plan", file());
  const expectRefusal = async (code: string, reason: string) => {
    const { code: exitCode, stderr } = await apply();
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`[${code}]`);
    expect(stderr).toContain(reason);
  };
  const edit = async (name: string, work: () => Promise<void>) => {
    const text = await engine.checkout.read(name);
    await engine.checkout.write(name, text.replace("Orkesterkontoret", "Expeditionen"));
    await work();
    await engine.checkout.write(name, text);
  };

  it("is applied as it was saved, from an empty stack, and nothing is left to change", async () => {
    const saved = await save();
    expect(saved.code, saved.stderr).toBe(7);
    expect(saved.stderr).toContain(`./stagesub up -s local --plan ${file()}`);
    const { code, stdout, stderr } = await apply();
    expect(code, stdout + stderr).toBe(0);
    const again = await engine.up("--refresh", "--expect-no-changes");
    expect(again.code, again.output).toBe(0);
  });

  it("is readable for its owner alone, and holds no secret in clear", async () => {
    expect((await stat(file())).mode & 0o777).toBe(0o600);
    const text = await readFile(file(), "utf8");
    expect(text).toContain("databasePassword");
    engine.hear("the saved plan", text);
  });

  it("is refused once the state has changed", () => expectRefusal("plan-outdated", "another run changed the state"));

  it("is refused once the stack file has changed", async () => {
    expect((await save()).code).toBe(0);
    await edit(stackFile, () => expectRefusal("plan-outdated", "since then the stack file was edited"));
  });

  it("is refused by another stack", async () => {
    const text = await readFile(file(), "utf8");
    const plan = JSON.parse(text) as { stagesub: object };
    await writeFile(file(), JSON.stringify({ ...plan, stagesub: { ...plan.stagesub, stack: "staging" } }));
    await expectRefusal("plan-outdated", "it is a plan of the stack staging");
    await writeFile(file(), text);
  });

  it("lets no other change through: a migration that it does not have fails before anything is changed", async () => {
    await engine.checkout.write(added, upMigration('ALTER TABLE "User" ADD COLUMN nickname text'));
    const before = await engine.state();
    const { code, stdout } = await apply();
    expect(code).not.toBe(0);
    expect(stdout).toContain("violates plan: properties changed: =~migrations");
    expect(await engine.state()).toEqual(before);
  });

  it("is applied with the change that it was made for", async () => {
    expect((await save()).code).toBe(7);
    const { code, stdout, stderr } = await apply();
    expect(code, stdout + stderr).toBe(0);
    const [database] = (await engine.state()).filter(({ type }) => type.endsWith(":OrchestraDatabase"));
    expect(database!.inputs["migrations"]).toHaveProperty(["0099_added.sql"]);
  });

  it("is not kept where it is refused, and neither is the one before", async () => {
    await engine.checkout.write("migrations/orchestra/0100_tidy.sql", upMigration('TRUNCATE "AuditLog"'));
    expect((await save()).code).toBe(5);
    await expect(stat(file())).rejects.toThrow("ENOENT");
    await expectRefusal("plan-file", "found ENOENT");
  });

  it("takes the place of no other file", async () => {
    const { code, stdout } = await engine.orchestra("plan", "--save", path.join(engine.checkout.dir, stackFile));
    expect(code).toBe(1);
    expect(stdout).toContain("[plan-file]");
    expect(await engine.checkout.read(stackFile)).toContain("stagesub:orchestras");
  });
});
