import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";

import { type Checkout, copyCheckout } from "../../support/checkout.ts";
import { type LoopbackGitHub, startGitHub, token } from "../../support/gitHub.ts";
import { type CommandRun, runStagesub } from "../../support/runStagesub.ts";

/** `./stagesub ci` in a copy of the checkout, with a loopback GitHub and stand-ins for the commands that it runs. */
export interface Job {
  gitHub: LoopbackGitHub;
  /** Replaces `npm run <name>` by a few lines of TypeScript. */
  standIn(name: string, code: string): Promise<void>;
  /** Runs as a workflow's step, with GitHub's variables and those of `env`. */
  run(args: string[], env?: Record<string, string>): Promise<CommandRun>;
  /** Returns the job's summary so far. */
  summary(): Promise<string>;
  checkout: Checkout;
  stop(): Promise<void>;
}

/** @param event what triggered the run; a pull request by default */
export async function startJob(
  event: object = { pull_request: { number: 12, head: { sha: "0123456789abcdef" } } },
): Promise<Job> {
  const [checkout, gitHub] = await Promise.all([copyCheckout(), startGitHub()]);
  const file = (name: string) => path.join(checkout.dir, name);
  await writeFile(file("event.json"), JSON.stringify(event));
  await writeFile(file("summary.md"), "");
  const variables = () => ({
    GITHUB_API_URL: gitHub.url,
    GITHUB_TOKEN: token,
    GITHUB_REPOSITORY: "stagesub/infra",
    GITHUB_EVENT_PATH: file("event.json"),
    GITHUB_BASE_REF: "main",
    GITHUB_SHA: "",
    GITHUB_SERVER_URL: "https://github.test",
    GITHUB_RUN_ID: "77",
    GITHUB_STEP_SUMMARY: file("summary.md"),
  });
  return {
    gitHub,
    checkout,
    standIn: (name, code) =>
      checkout.write(
        `scripts/${name}.ts`,
        `import { Command } from "commander";
         export default () =>
           new Command().allowUnknownOption().argument("[all...]").action(() => {
             ${code}
           });`,
      ),
    run: (args, env = {}) => runStagesub(checkout.dir, ["ci", ...args], { ...variables(), ...env }),
    summary: () => readFile(file("summary.md"), "utf8"),
    stop: async () => {
      await gitHub.stop();
      await checkout.remove();
    },
  };
}
