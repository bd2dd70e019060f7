import { expect, it } from "vitest";

import { useEngine } from "../support/engine.ts";

const engine = useEngine({ orchestras: ["malmo", "vasteras"], spares: 1 });

/**
 * The policy pack where a stack runs: every secret of it is known then, which a preview of a new stack cannot show. It does not prove what
 * a secret is that nothing marks and nothing tells apart.
 */
it("the policy pack lets a stack through that runs, in an up too, and finds each of its secrets that a program lets out", async () => {
  const up = await engine.up("--policy-pack", "policy");
  expect(up.code, up.output).toBe(0);
  const clean = await engine.pulumi("preview", "--policy-pack", "policy");
  expect(clean.code, clean.output).toBe(0);
  expect(clean.output).toContain("✅ stagesub@");

  const { administrators, connections } = await engine.outputs<{
    administrators: Record<string, { oneTimePassword: string }>;
    connections: Record<string, string>;
  }>();
  const program = await engine.checkout.read("infra/index.ts");
  const leaks = [
    "export const word = pulumi.unsecret(administrators['vasteras']!.oneTimePassword!);",
    "export const sentence = pulumi.interpolate`log in with ${word} today`;",
    "export const url = pulumi.unsecret(connections['malmo']!);",
    "export const part = url.apply((text) => new URL(text).password);",
  ];
  await engine.checkout.write("infra/index.ts", [program, ...leaks].join("\n"));
  const leaking = await engine.pulumi("preview", "--policy-pack", "policy", "--suppress-outputs");
  expect(leaking.code, leaking.output).not.toBe(0);
  for (const name of ["word", "sentence", "url", "part"])
    expect(leaking.output).toMatch(new RegExp(`${name} of the stack's outputs shows`));
  const secrets = [administrators["vasteras"]!.oneTimePassword, new URL(connections["malmo"]!).password];
  expect(secrets.filter((secret) => leaking.output.includes(secret))).toEqual([]);
});
