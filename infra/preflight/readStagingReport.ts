import * as pulumi from "@pulumi/pulumi";

import { parseVerified, type StagingReport } from "./checkStagingGate.ts";
import { fullStackName } from "./recordedState.ts";

/** Reads the migrations that another stack of this program has verified: its output `verified`, without the stack's secrets. */
export async function readStagingReport(stack: string): Promise<StagingReport> {
  try {
    const answer: unknown = await pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", {
      name: fullStackName(stack),
    });
    const { verified } = (answer as { outputs: { verified?: unknown } }).outputs;
    if (typeof verified === "string") return { verified: parseVerified(verified) };
    return {
      failure: `The stack ${stack} has no output \`verified\`: no \`up\` of this program has come to its end there.`,
    };
  } catch (error) {
    const [reason] = (error as Error).message.split("\n");
    return { failure: `The outputs of the stack ${stack} cannot be read: ${reason}` };
  }
}
