import { beforeAll, describe, expect, it } from "vitest";

import { runPulumi } from "../../local/toolchain/runPulumi.ts";
import { useEngine } from "../support/engine.ts";

/** The engine's event for a rule that is broken, one line of `--json` as it streams. */
interface EngineEvent {
  policyEvent?: { resourceUrn: string; message: string; policyName: string; enforcementLevel: string };
}

/**
 * The policy pack in previews of the real engine, of a stack that is yet to be made, with what a careless change of the program would do
 * planted in it. It does not prove each case of each rule: test/unit/policy does; nor what a stack that runs shows: test/faults/policy.test.ts.
 */
describe("a preview with the policy pack", () => {
  const engine = useEngine({ orchestras: ["malmo"], spares: 1 });
  const preview = async () => {
    const args = ["preview", "--json", "--policy-pack", "policy", "--stack", "local", "--non-interactive"];
    const { code, stdout, output } = await runPulumi(args, {
      cwd: engine.checkout.dir,
      env: { ...process.env, ...engine.env, PULUMI_ENABLE_STREAMING_JSON_PREVIEW: "true" },
    });
    // Not for the look at the end (engine.hear): what is planted comes out in Pulumi's own events.
    const events = stdout.split("\n").filter((line) => line.startsWith("{"));
    const violations = events.flatMap((line) => (JSON.parse(line) as EngineEvent).policyEvent ?? []);
    return { code, output, violations };
  };

  it("of the local stack passes", async () => {
    const { code, violations, output } = await preview();
    expect(violations).toEqual([]);
    expect(code, output).toBe(0);
  });

  describe("of a program with violations planted", () => {
    let run: Awaited<ReturnType<typeof preview>>;
    beforeAll(async () => {
      const { checkout } = engine;
      await checkout.edit("stacks/Pulumi.local.yaml", "region: eu-north-1", "region: us-east-1");
      await checkout.edit(
        "infra/components/tenantDatabase.ts",
        "        timeouts,\n      },\n      {\n        parent: this,\n        protect: isProtected(args),\n",
        "        timeouts,\n      },\n      {\n        parent: this,\n",
      );
      await checkout.edit("infra/components/tenantDatabase.ts", "sslEnforcement: true", "sslEnforcement: false");
      await checkout.edit(
        "infra/components/orchestra.ts",
        "proxied: plan.app.proxied,\n        ttl: 1",
        "proxied: true,\n        ttl: 300",
      );
      await checkout.edit("infra/components/orchestra.ts", "subdomain: orchestra.subdomain", 'subdomain: "www"');
      const leaks =
        'import { planPasswords } from "./util/stackPasswords.ts";\nexport const main = databaseUrl;\n' +
        'export const word = planPasswords(plan.keys, "malmo", 1).owner;\n';
      await checkout.write("infra/index.ts", `${await checkout.read("infra/index.ts")}\n${leaks}`);
      run = await preview();
    });

    it("names each of them", () => {
      const found = run.violations.map(({ policyName, resourceUrn, message }) => {
        const [, , type, name] = resourceUrn.split("::");
        // The rule's description stands above what is wrong.
        return `${policyName}, ${type!.split(":").at(-1)} ${name}: ${message.trim().split("\n").at(-1)!.slice(0, 110)}`;
      });
      expect([...new Set(found)].sort()).toMatchInlineSnapshot(`
        [
          "allowed-region, Project malmo: The Supabase project of malmo would hold personal data in "us-east-1": expected one of eu-north-1, eu-central-",
          "allowed-region, Project pool-1: The Supabase project of pool-1 would hold personal data in "us-east-1": expected one of eu-north-1, eu-central",
          "automatic-ttl, DnsRecord malmo: The DNS record of malmo is proxied: expected ttl 1 (automatic), got 300. Set ttl to 1, or proxied to false.",
          "closed-databases, Settings malmo: The database of malmo takes connections without TLS: expected sslEnforcement true, got false.",
          "closed-databases, Settings pool-1: The database of pool-1 takes connections without TLS: expected sslEnforcement true, got false.",
          "hidden-secrets-of-stack, Stack stagesub-local: main of the stack's outputs shows a connection string with a password to everyone who can read the state or a ",
          "hidden-secrets-of-stack, Stack stagesub-local: word of the stack's outputs shows what is secret elsewhere to everyone who can read the state or a preview (no",
          "proper-names, OrchestraRegistration malmo: malmo, subdomain: got "www", and "www" is reserved: it is StageSub's own address (infra/config/schema/reserved",
          "protected-data, Project malmo: Refusing the Supabase project of malmo that is not protected: one change of the program could delete its data.",
        ]
      `);
    });

    it("fails, and shows no secret in what it says", () => {
      expect(run.code).not.toBe(0);
      expect(run.violations.every(({ enforcementLevel }) => enforcementLevel === "mandatory")).toBe(true);
      const { password } = new URL(engine.env["DATABASE_URL"]!);
      expect(password.length).toBeGreaterThan(7);
      expect(JSON.stringify(run.violations)).not.toContain(password);
    });
  });
});
