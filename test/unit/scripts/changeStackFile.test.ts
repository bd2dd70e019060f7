import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";

import { addOrchestra, type OrchestraEntry } from "../../../scripts/stack/editStackFile.ts";
import { changeStackFile, entryOptions } from "../../../scripts/stack/changeStackFile.ts";
import type { OpenStack } from "../../../scripts/stack/openStack.ts";
import { prepareSetup } from "../../../scripts/adopt/prepareSetup.ts";
import { type Checkout, copyCompiledCheckout, root } from "../../support/checkout.ts";
import { runStagesub } from "../../support/runStagesub.ts";

const file = "stacks/Pulumi.local.yaml";

describe("several commands that edit one stack file at once", { timeout: 60_000 }, () => {
  let checkout: Checkout;
  beforeAll(async () => {
    checkout = await copyCompiledCheckout();
  });
  afterAll(() => checkout.remove());

  it("are all in the file when they report success: four additions, a rotation and a suspension", async () => {
    const names = ["Umeå", "Luleå", "Kalmar", "Örebro"];
    const add = (name: string) => ["add", "--name", name, "--contact", "Kontoret", "--email", "kontoret@example.se"];
    // Two ask for the next free database of the pool, which is another one for each.
    const calls = [...names.map((name, index) => [...add(name), ...(index < 2 ? ["--database", "pool"] : [])])];
    const runs = await Promise.all(
      [...calls, ["rotate", "gavle"], ["suspend", "malmo"]].map((call) =>
        runStagesub(checkout.dir, [...call, "-s", "local"], { PULUMI_STACK: "" }),
      ),
    );
    expect(runs.map(({ code, stderr }) => [code, stderr])).toEqual(runs.map(() => [0, ""]));
    const text = await checkout.read(file);
    for (const name of names) expect(text).toContain(`name: ${name}\n`);
    expect(text.match(/database: pool-\d/g)?.sort()).toEqual([
      "database: pool-1",
      "database: pool-2",
      "database: pool-3",
    ]);
    expect(text).toMatch(/passwordVersion: 2/);
    expect(text).toMatch(/state: suspended/);
    expect(await readdir(path.join(checkout.dir, "stacks"))).toEqual(await readdir(path.join(root, "stacks")));
  });

  it("are refused in words where the file has no place for an entry: a map in braces", async () => {
    const text = await checkout.read(file);
    const inBraces =
      '  stagesub:orchestras: { malmo: { name: M, contact: { name: A, email: a@example.se }, since: "2026-09-01" } }\n';
    await checkout.write(file, text.replace(/ {2}stagesub:orchestras:\n[^]*?(?=encryptionsalt)/, inBraces));
    const before = await checkout.read(file);
    const call = ["add", "--name", "Umeå", "--contact", "Å", "--email", "a@example.se", "-s", "local"];
    const { code, stderr } = await runStagesub(checkout.dir, call, { PULUMI_STACK: "" });
    expect([code, await checkout.read(file)]).toEqual([2, before]);
    expect(stderr).toBe(
      "Expected stagesub:orchestras: with its entries below it, one a line; got it in another form ({ … }, an alias). Write it out, then try again. Nothing was written. [stack-file-form]\n",
    );
  });
});

describe("the lock of a stack file", { timeout: 60_000 }, () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "stagesub-lock-"));
    return () => rm(folder, { recursive: true, force: true });
  });

  /** Starts a process that runs `work` under the lock of a file, as often as told. `work` sees `file` and `fs`. */
  const hold = (target: string, work: string, times = 1): ChildProcess => {
    const script = `import fs from "node:fs";
      import { withStackLock } from ${JSON.stringify(path.join(root, "scripts/stack/withStackLock.ts"))};
      const file = ${JSON.stringify(target)};
      for (let turn = 0; turn < ${times}; turn++) await withStackLock(file, file, () => { ${work} });`;
    const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", script], {
      cwd: root,
      stdio: ["pipe", "pipe", "inherit"],
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    return child;
  };
  const increase = "fs.writeFileSync(file, String(Number(fs.readFileSync(file, 'utf8')) + 1))";

  it("is broken by those that wait when its holder was killed, and still held by one at a time", async () => {
    const counter = path.join(folder, "counter");
    await writeFile(counter, "0");
    const holder = hold(counter, "fs.writeSync(1, 'held'); fs.readSync(0, Buffer.alloc(1))");
    await once(holder.stdout!, "data");
    const others = [1, 2, 3, 4].map(() => hold(counter, increase, 50));
    holder.kill("SIGKILL");
    const codes = await Promise.all(others.map(async (child) => ((await once(child, "exit")) as [number])[0]));
    expect(codes).toEqual([0, 0, 0, 0]);
    expect([await readFile(counter, "utf8"), await readdir(folder)]).toEqual(["200", ["counter"]]);
  });
});

describe("a mistake in an option", () => {
  const labels: Record<string, string> = {
    ...{ "": "--id", name: "--name", subdomain: "--subdomain", since: "--since", database: "--database" },
    ...{ "contact.name": "--contact", "contact.email": "--email" },
  };
  const hostile = [
    ...["", "a\nb", "\0", "\u202eabc", "x".repeat(500), "*a", "{a: b}", "postgresql://u:h3mlig@h/d"],
    ...["www", "2026-02-30", "pool-1"],
  ];

  it("is reported as the option and never as a line of a file that was not written, whatever its value", async () => {
    const before = await readFile(path.join(root, file), "utf8");
    const refused = new Set<string>();
    for (const [field, option] of Object.entries(labels))
      for (const value of hostile) {
        const entry = setField(field, value);
        const change = (text: string) => addOrchestra(text, entry);
        const message = await changeStackFile("local", change, {
          dryRun: true,
          optionOf: entryOptions(entry.id, labels),
        }).then(
          () => undefined,
          (error: Error) => `${error.name}: ${error.message}`,
        );
        if (message === undefined) continue;
        refused.add(option);
        expect(message).toMatch(`UserError: Expected ${option} to be `);
        expect(message).not.toMatch(/Pulumi\.local\.yaml:|h3mlig/);
      }
    expect([...refused].sort()).toEqual(Object.values(labels).sort());
    expect(await readFile(path.join(root, file), "utf8")).toBe(before);
  });

  it.each([
    ["email", "nobody", "--email"],
    ["contact", "", "--contact"],
    ["since", "yesterday", "--since"],
    ["name", "a\nb", "<name>"],
    ["subdomain", "www", "<subdomain>"],
    ["subdomain", "ÅÄÖ", "<subdomain>"],
  ])("of setup is reported before anything is looked at: %s", async (field, value, option) => {
    const stack = { name: "local", plan: { orchestras: [] }, config: { orchestras: {} } } as unknown as OpenStack;
    const request = {
      ...{ url: "postgresql://owner:h3mlig@db.example.se/app", name: "Umeå", subdomain: "umea" },
      ...{ contact: "Åsa", email: "a@example.se", since: "2026-12-01", [field]: value },
    };
    expect(await messageOf(prepareSetup(stack, request))).toMatch(`Expected ${option} to be `);
    expect(await messageOf(prepareSetup(stack, request))).not.toMatch(/Pulumi\.local\.yaml:|h3mlig/);
  });

  function setField(field: string, value: string): OrchestraEntry {
    const entry = { id: "umea", name: "Umeå", since: "2026-12-01", contact: { name: "Åsa", email: "a@example.se" } };
    if (field === "") return { ...entry, id: value };
    if (!field.startsWith("contact.")) return { ...entry, [field]: value };
    return { ...entry, contact: { ...entry.contact, [field.slice("contact.".length)]: value } };
  }
});

async function messageOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => "nothing was refused",
    (error: Error) => error.message,
  );
}
