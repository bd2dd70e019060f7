import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Checkout, copyCompiledCheckout } from "../../support/checkout.ts";
import { runStagesub } from "../../support/runStagesub.ts";

/** The command as people run it. The `pulumi up` after it: test/faults/rotation.test.ts. */
describe("orchestra rotate", { timeout: 60_000 }, () => {
  let checkout: Checkout;
  const file = "stacks/Pulumi.local.yaml";
  const rotate = async (...args: string[]) => {
    const { code, stdout, stderr } = await runStagesub(checkout.dir, ["rotate", "-s", "local", ...args], {
      PULUMI_STACK: "",
    });
    return { code, output: code === 0 ? stdout : stdout + stderr };
  };
  beforeAll(async () => {
    checkout = await copyCompiledCheckout();
  });
  afterAll(() => checkout.remove());

  it("refuses an id that the file does not have, and to guess whom nobody named, and writes nothing", async () => {
    const before = await checkout.read(file);
    const [unknown, nobody] = await Promise.all([rotate("gavle", "malmoe"), rotate()]);
    expect(unknown.code).toBe(2);
    expect(unknown.output).toContain('got "malmoe" (was malmo meant?). It declares: gavle, goteborg,');
    expect(nobody.code).toBe(2);
    expect(nobody.output).toContain("Expected either orchestras' ids or --all. Nothing was written.");
    expect(await checkout.read(file)).toBe(before);
  });

  it("raises the version from 1, shows the change and names the next command", async () => {
    const { code, output } = await rotate("vasteras");
    expect(code, output).toBe(0);
    expect(output).toMatchInlineSnapshot(`
      "--- a/stacks/Pulumi.local.yaml
      +++ b/stacks/Pulumi.local.yaml
      @@ -38,4 +38,5 @@
             contact: { name: Orkesterkontoret, email: vasteras@example.se }
             since: "2026-11-22"
             database: pool-1
      +      passwordVersion: 2
       encryptionsalt: v1:zibzoKZCTC4=:v1:SQI5nVUR0I7q/M2p:Rzodp9EUm37LMdWnOzRTpIwy2izHcg==

      stacks/Pulumi.local.yaml is written.
      vasteras: the app's login will be app_local_pool__1_2, and app_local_pool__1_1 works for three more days.
      Next: pulumi preview -s local
      "
    `);
  });

  it("raises every orchestra's from what it is, as JSON", async () => {
    const { code, output } = await rotate("--all", "--json");
    expect(code, output).toBe(0);
    const { rotated } = JSON.parse(output) as { rotated: { id: string; login: string }[] };
    expect(rotated.map(({ login }) => login)).toEqual([
      "app_local_gavle_2",
      "app_local_goteborg_2",
      "app_local_malmo_2",
      "app_local_norrkoping_2",
      "app_local_pool__1_3",
    ]);
    expect((await checkout.read(file)).match(/^ {6}passwordVersion: [23]$/gm)).toHaveLength(5);
  });
});
