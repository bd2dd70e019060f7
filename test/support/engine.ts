import { afterAll, beforeAll } from "vitest";
import { parseDocument, type Scalar, type YAMLMap, type YAMLSeq } from "yaml";

import type { ApiAccess } from "../../infra/cloud/callApi.ts";
import { askControl } from "../../local/cloud/control/askControl.ts";
import { ensureStack } from "../../local/cloud/ensureStack.ts";
import type { FaultSpec } from "../../local/cloud/faults.ts";
import { localEnvironment } from "../../local/cloud/localEnvironment.ts";
import type { CloudSettings } from "../../local/cloud/settings.ts";
import { ensureToolchain } from "../../local/toolchain/ensureToolchain.ts";
import { runPulumi } from "../../local/toolchain/runPulumi.ts";
import { type Checkout, copyCheckout } from "./checkout.ts";
import { type LeakWatch, watchLeaks } from "./leakWatch.ts";
import { startTestCloud } from "./localCloud.ts";
import { type CommandRun, runStagesub } from "./runStagesub.ts";
import { type StartedProcess, startProcess } from "./startProcess.ts";

/** One resource in the state, as `pulumi stack export` shows it. */
export interface StateResource {
  urn: string;
  type: string;
  id?: string;
  inputs: Record<string, unknown>;
  outputs: Record<string, unknown>;
}

/** A preview's step for one resource. */
export interface Step {
  op: string;
  /** `<type's last part> <name>`, e.g. "OrchestraDatabase malmo". */
  what: string;
}

export interface Run {
  code: number;
  /** Both streams, one after the other. */
  output: string;
}

/** The real `pulumi` over a copy of the checkout and a local cloud of its own. */
export interface Engine {
  checkout: Checkout;
  cloud: CloudSettings;
  env: Record<string, string>;
  pulumi(...args: string[]): Promise<Run>;
  up(...args: string[]): Promise<Run>;
  /** `pulumi …` as a process that a test may signal. */
  start(...args: string[]): StartedProcess;
  /** Returns the steps of a preview, without those that leave a resource as it is. */
  preview(): Promise<Step[]>;
  /** Writes into the stack file that nothing of it is protected: the next `up` obeys, and `destroy` may follow. */
  liftProtection(): Promise<void>;
  state(...args: string[]): Promise<StateResource[]>;
  outputs<T>(): Promise<T>;
  /** `./stagesub …`, from the copy. */
  orchestra(...args: string[]): Promise<CommandRun>;
  /** Both APIs, as the stack reaches them. */
  supabase(): ApiAccess;
  cloudflare(): ApiAccess;
  /** Has the local cloud fail, until {@link clearFaults}. */
  addFault(fault: FaultSpec): Promise<void>;
  clearFaults(): Promise<void>;
  /** Adds orchestras to the stack file, before malmo. */
  declare(...ids: string[]): Promise<void>;
  /** Takes the output of a test's own commands, so that the search for secrets at the end covers it. */
  hear: LeakWatch["hear"];
  unwatched: LeakWatch["unwatched"];
}

/** The part of stacks/Pulumi.local.yaml that a suite needs: each database is a second of every `up`. */
export interface SmallStack {
  /** These orchestras alone. */
  orchestras: string[];
  /** `stagesub:pool.spares` */
  spares: number;
}

/**
 * Starts an engine with the whole local stack or a part of it before the suite's tests, and removes it afterwards. Before that
 * it searches all output and files for secrets, whatever faults the suite injected.
 */
export function useEngine(small?: SmallStack): Engine {
  const engine = {} as Engine;
  let stop: (() => Promise<void>) | undefined;
  beforeAll(async () => {
    const started = await startEngine(small);
    stop = started.stop;
    Object.assign(engine, started.engine);
  });
  afterAll(async () => stop?.());
  return engine;
}

/** Starts one of several engines of a test, each with a cloud and a state of its own. */
export async function startEngine(small?: SmallStack): Promise<{ engine: Engine; stop: () => Promise<void> }> {
  const toolchain = await ensureToolchain({ log: () => {} });
  const checkout = await copyCheckout();
  if (small) await cutDown(checkout, small);
  // The demo and test/unit/database/passwords.test.ts have the real cost, 0.4 s of CPU for each administrator and each sign-in.
  await checkout.edit("infra/database/roles/passwords.ts", "ln: 17", "ln: 10");
  const cloud = await startTestCloud();
  const local = localEnvironment(cloud.settings, toolchain);
  const watch = watchLeaks({ dir: checkout.dir, cloud: cloud.settings, env: local });
  const stop = async () => {
    try {
      await watch.end();
    } finally {
      await cloud.stop();
      await checkout.remove();
    }
  };
  await ensureStack(cloud.settings.dir, toolchain.pulumi, local, checkout.dir);
  return { engine: overCheckout(checkout, cloud.settings, local, watch), stop };
}

async function cutDown(checkout: Checkout, { orchestras, spares }: SmallStack): Promise<void> {
  const document = parseDocument(await checkout.read(stackFile));
  const declared = document.getIn(["config", "stagesub:orchestras"]) as YAMLMap<Scalar<string>>;
  declared.items = declared.items.filter(({ key }) => orchestras.includes(key.value));
  const canaries = document.getIn(["config", "stagesub:rollout", "canary"]) as YAMLSeq<Scalar<string>>;
  canaries.items = canaries.items.filter(({ value }) => orchestras.includes(value));
  document.setIn(["config", "stagesub:pool", "spares"], spares);
  await checkout.write(stackFile, document.toString({ lineWidth: 0 }));
}

const stackFile = "stacks/Pulumi.local.yaml";

function overCheckout(checkout: Checkout, cloud: CloudSettings, env: Record<string, string>, watch: LeakWatch): Engine {
  // A test may change its environment between two calls.
  const options = () => ({ cwd: checkout.dir, env: { ...process.env, ...env } });
  const ofStack = (args: string[]) => [...args, "--stack", "local", "--non-interactive"];
  const run = async (args: string[]) => {
    if (args[0] === "destroy") await watch.learn();
    const { code, stdout, stderr } = await runPulumi(ofStack(args), options());
    const output = `${stdout}\n${stderr}`;
    if (!args.includes("--show-secrets")) watch.hear(`pulumi ${args.join(" ")}`, output);
    return { code, stdout, output };
  };
  const json = async <T>(...args: string[]): Promise<T> => {
    const { code, stdout, output } = await run(args);
    if (code !== 0) throw new Error(`pulumi ${args.join(" ")} ended with ${code}:\n${output}`);
    return JSON.parse(stdout) as T;
  };
  return {
    checkout,
    cloud,
    env,
    hear: (what, text) => watch.hear(what, text),
    unwatched: (work) => watch.unwatched(work),
    pulumi: (...args) => run(args),
    up: (...args) => run(["up", "--yes", "--skip-preview", ...args]),
    start: (...args) => {
      const started = startProcess("pulumi", { args: ofStack(args), ...options() });
      watch.hear(`pulumi ${args.join(" ")}`, () => started.output());
      return started;
    },
    preview: async () => {
      const { steps } = await json<{ steps: { op: string; urn: string }[] }>("preview", "--json");
      return steps.filter(({ op }) => op !== "same").map(({ op, urn }) => ({ op, what: describe(urn) }));
    },
    liftProtection: async () => {
      const { code, output } = await run(["config", "set", "--path", "stagesub:supabase.protect", "false"]);
      if (code !== 0) throw new Error(output);
    },
    state: async (...args) => {
      const { deployment } = await json<{ deployment: { resources?: StateResource[] } }>("stack", "export", ...args);
      return (deployment.resources ?? []).map((resource) => ({
        ...resource,
        inputs: resource.inputs ?? {},
        outputs: resource.outputs ?? {},
      }));
    },
    outputs: () => json("stack", "output", "--json", "--show-secrets"),
    supabase: () => ({ baseUrl: env["SUPABASE_API_ENDPOINT"]!, token: env["SUPABASE_ACCESS_TOKEN"]! }),
    cloudflare: () => ({ baseUrl: env["CLOUDFLARE_BASE_URL"]!, token: env["CLOUDFLARE_API_TOKEN"]! }),
    addFault: async (fault) => {
      const answer = await askControl(cloud, "POST", "/faults", fault);
      if (!answer.ok) throw new Error(await answer.text());
    },
    clearFaults: async () => void (await askControl(cloud, "DELETE", "/faults")),
    declare: (...ids) => {
      const entry = (id: string) => `    ${id}:
      name: ${id} orkester
      contact: { name: Orkesterkontoret, email: ${id}@example.se }
      since: "2026-11-22"\n`;
      return checkout.edit(stackFile, "    malmo:\n", `${ids.map(entry).join("")}    malmo:\n`);
    },
    orchestra: async (...args) => {
      const ownEnv = { ...env, STAGESUB_LOCAL_DIR: cloud.dir };
      const run = await runStagesub(checkout.dir, [...args, "--stack", "local"], ownEnv);
      // `env` is there to say them.
      if (args[0] !== "env") watch.hear(`orchestra ${args[0]}`, `${run.stdout}\n${run.stderr}`);
      return run;
    },
  };
}

/** "urn:pulumi:local::stagesub::a$b:index:Orchestra::malmo" → "Orchestra malmo" */
function describe(urn: string): string {
  const [, , type = "", name = ""] = urn.split("::");
  return `${type.split(":").at(-1)} ${name}`;
}
