import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

import { credentials } from "@grpc/grpc-js";
import analyzerService from "@pulumi/pulumi/proto/analyzer_grpc_pb.js";
import analyzer from "@pulumi/pulumi/proto/analyzer_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { expect, it } from "vitest";

import { rules } from "../../../policy/rules.ts";

// As Pulumi's official language host starts it: in its folder, with ts-node registered before it, from the checkout's node_modules.
// That our own host starts it is for test/engine/policy.test.ts to show; the official one itself cannot be had on every machine.
it("the policy pack starts as the official bundle starts it, and every policy of it is mandatory", async () => {
  const runner = createRequire(import.meta.url).resolve("@pulumi/pulumi/cmd/run-policy-pack");
  const pack = spawn(process.execPath, [runner, "127.0.0.1:1", `${process.cwd()}/policy`], { cwd: "policy" });
  try {
    const port = await new Promise<string>((resolve, reject) => {
      createInterface(pack.stdout).once("line", resolve);
      pack.stderr.on("data", (text: Buffer) => reject(new Error(text.toString())));
      pack.once("exit", (code) => reject(new Error(`the pack ended with ${code}`)));
    });
    const client = new analyzerService.AnalyzerClient(`127.0.0.1:${port}`, credentials.createInsecure());
    const info = await new Promise<InstanceType<typeof analyzer.AnalyzerInfo>>((resolve, reject) =>
      client.getAnalyzerInfo(new empty.Empty(), (error, answer) => (error ? reject(error) : resolve(answer))),
    );
    client.close();
    const policies = info.getPoliciesList();
    expect(new Set(policies.map((policy) => policy.getName().replace(/-of-stack$/, "")))).toEqual(
      new Set(rules.map(({ name }) => name)),
    );
    const levels = policies.map((policy) => policy.getEnforcementlevel());
    expect(new Set(levels)).toEqual(new Set([analyzer.EnforcementLevel.MANDATORY]));
  } finally {
    pack.kill();
  }
});
