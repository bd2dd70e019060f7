import { readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Checkout, copyCheckout, root } from "../../support/checkout.ts";
import { runStagesub } from "../../support/runStagesub.ts";

/** The command as people run it, without a terminal. It does not prove what it asks on one. */
describe("orchestra add", { timeout: 60_000 }, () => {
  let checkout: Checkout;
  const file = "stacks/Pulumi.local.yaml";
  const shipped = () => readFile(path.join(root, file), "utf8");
  const umea = [
    "--name",
    "Umeå Symfoniorkester",
    "--contact",
    "Åsa",
    "--email",
    "umea@example.se",
    "--since",
    "2026-12-01",
  ];

  const add = async (...args: string[]) => {
    const { code, stdout, stderr } = await runStagesub(checkout.dir, ["add", "-s", "local", ...args], {
      PULUMI_STACK: "",
    });
    return { code, output: code === 0 ? stdout : stdout + stderr };
  };

  beforeAll(async () => {
    checkout = await copyCheckout();
  });
  beforeEach(async () => writeFile(path.join(checkout.dir, file), await shipped()));
  afterAll(() => checkout.remove());

  it("writes the entry, shows the change and names the next command", async () => {
    const { code, output } = await add(...umea);
    expect(code, output).toBe(0);
    expect(output).toMatchInlineSnapshot(`
      "--- a/stacks/Pulumi.local.yaml
      +++ b/stacks/Pulumi.local.yaml
      @@ -38,4 +38,8 @@
             contact: { name: Orkesterkontoret, email: vasteras@example.se }
             since: "2026-11-22"
             database: pool-1
      +    umea:
      +      name: Umeå Symfoniorkester
      +      contact: { name: Åsa, email: umea@example.se }
      +      since: "2026-12-01"
       encryptionsalt: v1:zibzoKZCTC4=:v1:SQI5nVUR0I7q/M2p:Rzodp9EUm37LMdWnOzRTpIwy2izHcg==

      stacks/Pulumi.local.yaml is written.
      Umeå Symfoniorkester will have the name umea.stagesub.localhost and a Supabase project of its own. Next: pulumi preview -s local
      "
    `);
    const entry = `    umea:
      name: Umeå Symfoniorkester
      contact: { name: Åsa, email: umea@example.se }
      since: "2026-12-01"
`;
    expect(await checkout.read(file)).toBe((await shipped()).replace("encryptionsalt", `${entry}encryptionsalt`));
    expect(await readdir(path.join(checkout.dir, "stacks"))).toEqual(await readdir(path.join(root, "stacks")));
  });

  it("claims the free pool database with the smallest number", async () => {
    const { output } = await add(...umea, "--database", "pool", "--json");
    expect(JSON.parse(output)).toMatchObject({ id: "umea", database: "pool-2", written: true });
    expect(await checkout.read(file)).toContain("database: pool-2\n");
  });

  it("writes nothing with --dry-run, and finds the file of a stack that is named with its organization and project", async () => {
    const { code, output } = await add(...umea, "-s", "organization/stagesub/local", "--dry-run");
    expect([code, await checkout.read(file)]).toEqual([0, await shipped()]);
    expect(output).toContain("+++ b/stacks/Pulumi.local.yaml");
    expect(output).toContain("+    umea:");
  });

  it("names the options that are missing where there is no terminal", async () => {
    const { code, output } = await add("--name", "Umeå");
    expect([code, await checkout.read(file)]).toEqual([2, await shipped()]);
    expect(output).toContain("Expected --contact, --email: there is no terminal to ask on. Nothing was written.");
  });

  it("refuses what is wrong with its options by the options' names, in a preview's words, and writes nothing", async () => {
    const wrong = ["--email", "nobody", "--database", "pool-21", "--since", "2026-02-30", "--subdomain", "Umeå!"];
    const { code, output } = await add(...umea, ...wrong);
    expect([code, await checkout.read(file)]).toEqual([2, await shipped()]);
    expect(output).toMatch(/^Expected --email to be an e-mail address, got "nobody"/m);
    expect(output).toMatch(/^Expected --since to be a date in quotes/m);
    expect(output).toMatch(/^Expected --subdomain to be /m);
    expect(output).toContain("No databases available in pool: pool-21 lies beyond stagesub:pool.max, which is 20");
    expect(output).not.toContain("Pulumi.local.yaml:");
  });

  it("refuses a file that was wrong before by its own line", async () => {
    await checkout.edit(file, "max: 20", "max: 1_000");
    const { code, output } = await add(...umea);
    expect(code).toBe(2);
    expect(output).toMatch(/stacks\/Pulumi\.local\.yaml:\d+:\d+/);
  });

  it("refuses a pool without room", async () => {
    await checkout.edit(file, "spares: 2, max: 20", "spares: 0, max: 1");
    const { code, output } = await add(...umea, "--database", "pool");
    expect(code).toBe(2);
    expect(output).toContain("No databases available in pool");
  });

  it("refuses an id that is somebody's", async () => {
    const { code, output } = await add(...umea, "--id", "gavle");
    expect([code, await checkout.read(file)]).toEqual([2, await shipped()]);
    expect(output).toContain("Expected an id that is free, got gavle");
  });

  it("says how to encrypt the URLs of a database that is to be adopted", async () => {
    const { code, output } = await add(...umea, "--database", "adopted");
    expect(code).toBe(2);
    expect(output).toContain("pulumi config set --secret --path stagesub:adopted.umea.url -s local");
  });
});
