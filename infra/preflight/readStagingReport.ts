import * as pulumi from "@pulumi/pulumi";

import type { StagingReport } from "./checkStagingGate.ts";
import { fullName } from "./recordedState.ts";

/** Reads the migrations that another stack of this program has verified, from its output `verified`, without its secrets. */
export async function readStagingReport(stack: string): Promise<StagingReport> {
  const ask = () => pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", { name: fullName(stack) });
  try {
    const { outputs } = (await ask()) as { outputs: Record<string, unknown> };
    const { verified } = outputs;
    if (isDigests(verified)) return { verified };
    return {
      failure: `The stack ${stack} has no output \`verified\`: no \`up\` of this program has come to its end there.`,
    };
  } catch (error) {
    const [reason] = (error as Error).message.split("\n");
    return { failure: `The outputs of the stack ${stack} cannot be read: ${reason}` };
  }
}

function isDigests(value: unknown): value is Record<string, string> {
  return typeof value === "object" && value !== null && Object.values(value).every((item) => typeof item === "string");
}
