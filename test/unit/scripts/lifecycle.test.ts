import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Checkout, copyCheckout } from "../../support/checkout.ts";
import { runStagesub } from "../../support/runStagesub.ts";

/** The commands as people run them. The `pulumi up` after them: test/faults/lifecycle.test.ts. */
describe("orchestra suspend, resume and retire", { timeout: 120_000 }, () => {
  let checkout: Checkout;
  const file = "stacks/Pulumi.local.yaml";
  const run = async (...args: string[]) => {
    const { code, stdout, stderr } = await runStagesub(checkout.dir, [...args, "-s", "local"], { PULUMI_STACK: "" });
    return { code, output: code === 0 ? stdout : stdout + stderr };
  };
  beforeAll(async () => {
    checkout = await copyCheckout();
  });
  afterAll(() => checkout.remove());

  it("write the state, show the change and name the next command", async () => {
    const { code, output } = await run("suspend", "gavle");
    expect(code, output).toBe(0);
    expect(output).toMatchInlineSnapshot(`
      "--- a/stacks/Pulumi.local.yaml
      +++ b/stacks/Pulumi.local.yaml
      @@ -25,6 +25,7 @@
             name: Gävle Symfoniorkester
             contact: { name: Åsa Bergström, email: gavle@example.se }
             since: "2026-09-14"
      +      state: suspended
           norrkoping:
             name: Norrköpings Symfoniorkester
             contact: { name: Orkesterkontoret, email: norrkoping@example.se }

      stacks/Pulumi.local.yaml is written.
      gavle: its page will say that it is suspended, and nobody signs in; data, name and migrations stay.
      Next: pulumi preview -s local
      "
    `);
    expect((await run("suspend", "gavle")).output).toBe("gavle is suspended already.\n");
    expect((await run("retire", "gavle")).code).toBe(0);
    expect(await checkout.read(file)).toContain("state: retired\n");
  });

  it("protect an orchestra again that comes back", async () => {
    await checkout.edit(file, "state: retired\n", "state: retired\n      protect: false\n");
    const { code, output } = await run("resume", "gavle", "--json");
    expect(code, output).toBe(0);
    expect(JSON.parse(output)).toMatchObject({
      orchestras: [{ id: "gavle", from: "retired", to: "active" }],
      written: true,
    });
    expect(await checkout.read(file)).toContain("state: active\n      protect: true\n");
  });

  it("write nothing that a preview would refuse: a retired canary", async () => {
    const before = await checkout.read(file);
    const { code, output } = await run("retire", "malmo");
    expect(code).toBe(2);
    expect(output).toContain("a canary that no migration reaches protects nobody");
    expect(await checkout.read(file)).toBe(before);
  });
});
