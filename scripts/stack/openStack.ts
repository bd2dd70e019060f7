import { parseDocument } from "yaml";

import { readEnvironment } from "../../infra/config/environment.ts";
import { nameStackFile, readSourceFile } from "../../infra/config/parseSource.ts";
import { parseStack, type StackConfig } from "../../infra/config/parseStack.ts";
import { type Connection, parseConnectionUrl, trust } from "../../infra/database/connection/connection.ts";
import { readSources } from "../../infra/database/sources.ts";
import { type Plan, planStack } from "../../infra/plan/planStack.ts";
import { zone } from "../../local/cloud/cloudflare/zone.ts";
import { ensureStack } from "../../local/cloud/ensureStack.ts";
import { findStateDir } from "../../local/cloud/findStateDir.ts";
import { localEnvironment } from "../../local/cloud/localEnvironment.ts";
import { requireCloud } from "../../local/cloud/requireCloud.ts";
import { ensureToolchain } from "../../local/toolchain/ensureToolchain.ts";
import { readPulumi } from "../../local/toolchain/runPulumi.ts";
import { UserError } from "../../infra/errors.ts";
import { checkout } from "../../infra/util/checkout.ts";

/** A stack as declared, and the connections to its provisioned databases. Holds secrets: never show it as it is. */
export interface OpenStack {
  name: string;
  config: StackConfig;
  plan: Plan;
  /** The main database. */
  registry: Connection;
  /** The last `up`'s exports; empty before the first. */
  outputs: Outputs;
  /** Database key (an orchestra's id or `pool-N`) → the owning role's way in. Only provisioned databases. */
  migrators: Record<string, Connection>;
  /** The stack's whole configuration, decrypted: `supabase:accessToken` and its like too. Secret. */
  values: Record<string, string>;
  /** The environment in which `pulumi` is run for this stack. */
  env: NodeJS.ProcessEnv;
}

/** See `StackOutputs` in infra/components/provision.ts, decrypted. */
export interface Outputs {
  orchestras: Record<string, { url: string; database: string; status: string }>;
  pool: Record<string, string>;
  /** Without a password where `baseline` found the administrator. */
  administrators: Record<string, { email: string; oneTimePassword?: string }>;
  connections: Record<string, string>;
  migrators: Record<string, string>;
}

/**
 * Opens a stack with its secrets, by asking `pulumi` for its configuration and outputs.
 *
 * @param name a stack of the local cloud is looked up there by itself; any other in the backend that you are logged in to
 * @throws Error with what to do, when there is no such stack, its file is refused or the passphrase is missing
 */
export async function openStack(name: string): Promise<OpenStack> {
  const file = { path: nameStackFile(name), text: readStackText(name) };
  const env = await stackEnvironment(name);
  const [settings, outputs] = await Promise.all([readSettings({ name, env }), readOutputs({ name, env })]);
  if (!outputs.migrators && (await hasResources({ name, env }))) console.error(explainNoOutputs(name));
  const values = Object.fromEntries(Object.entries(settings).map(([key, { value }]) => [key, value]));
  const raw = {
    stack: name,
    values,
    secretKeys: Object.keys(settings).filter((key) => settings[key]?.secret),
    file,
  };
  const config = parseStack(raw, readEnvironment(env));
  const plan = planStack(config, readSources(config.supabase.caFile));
  const connect = (url: string) => trust(parseConnectionUrl(url), plan.ca);
  const empty: Outputs = { orchestras: {}, pool: {}, administrators: {}, connections: {}, migrators: {} };
  return {
    name,
    config,
    plan,
    registry: connect(config.databaseUrl),
    outputs: { ...empty, ...outputs },
    migrators: Object.fromEntries(Object.entries(outputs.migrators ?? {}).map(([key, url]) => [key, connect(url)])),
    values,
    env,
  };
}

type Named = Pick<OpenStack, "name" | "env">;

/** Returns the standard output of `pulumi` about a stack. @throws {UserError} program-failed, with the CLI's own words */
export function askPulumi({ name, env }: Named, args: readonly string[], input?: string): Promise<string> {
  return readPulumi([...args, "--stack", name], { cwd: checkout, env, input });
}

/** Reads a stack's whole configuration, decrypted. Secret. */
export async function readSettings(stack: Named): Promise<Record<string, { value: string; secret: boolean }>> {
  const text = await askPulumi(stack, ["config", "--json", "--show-secrets"]);
  return JSON.parse(text) as Awaited<ReturnType<typeof readSettings>>;
}

/** The value that Pulumi writes into an output that a failed step left empty. */
const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

async function readOutputs(stack: Named): Promise<Partial<Outputs>> {
  const text = await askPulumi(stack, ["stack", "output", "--json", "--show-secrets"]);
  const dropUnknown = (_key: string, value: unknown) => (value === unknownValue ? undefined : value);
  return JSON.parse(text, dropUnknown) as Partial<Outputs>;
}

async function hasResources(stack: Named): Promise<boolean> {
  const { deployment } = JSON.parse(await askPulumi(stack, ["stack", "export"])) as {
    deployment: { resources?: { type: string; custom: boolean }[] };
  };
  return (deployment.resources ?? []).some(({ type, custom }) => custom && !type.startsWith("pulumi:providers:"));
}

/** Explains missing outputs, which are no error: the main database may have to be backed up before the `up` that brings the outputs. */
function explainNoOutputs(name: string): string {
  return (
    `Expected the outputs of the stack ${name}, which lead to its databases; its state has resources and no outputs, as after a first ` +
    `\`up\` that was refused or cut off midway. What follows takes every database for one that is not made yet. ` +
    `Run this first: pulumi up --stack ${name}`
  );
}

/** Returns whether a stack belongs to the local cloud, as its domain says. */
export function isLocal(name: string): boolean {
  if (name === "local") return true;
  const domain = parseDocument(readSourceFile(name, checkout)?.text ?? "").getIn(["config", "stagesub:domain"]);
  return typeof domain === "string" && domain.endsWith(`.${zone.name}`);
}

/** Returns the environment in which `pulumi` finds this stack: for one of the local cloud that cloud's. */
export async function stackEnvironment(name: string, signal?: AbortSignal): Promise<NodeJS.ProcessEnv> {
  // First, since a build of the CLI takes minutes.
  const settings = isLocal(name) ? await requireCloud(findStateDir()) : undefined;
  const toolchain = await ensureToolchain({ log: (line) => console.error(line), signal });
  // For PostgreSQL's programs, which this process starts itself.
  process.env["PATH"] = toolchain.environment["PATH"];
  if (settings === undefined) return { ...process.env, ...toolchain.environment };
  const local = localEnvironment(settings, toolchain);
  await ensureStack(settings.dir, toolchain.pulumi, local, checkout);
  return { ...process.env, ...local };
}

/**
 * Reads the text of a stack's file.
 *
 * @throws {UserError} where there is none, or it is no text
 */
export function readStackText(name: string): string {
  const file = readSourceFile(name, checkout);
  if (file !== undefined) return file.text;
  throw new UserError(
    "stack-unknown",
    `Expected the stack file ${nameStackFile(name)}, found none. Name a stack that has one with --stack.`,
  );
}
