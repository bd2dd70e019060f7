import { pc } from "./cli/colours.ts";
import { readApiAccess } from "../infra/cloud/apiAccess.ts";
import { checkCloudflare } from "../infra/cloud/readClouds.ts";
import { listProjects } from "../infra/cloud/supabaseApi.ts";
import { previewLimits } from "../infra/database/connection/connectClient.ts";
import { withClient } from "../infra/database/connection/connection.ts";
import { readServerMajor } from "../infra/database/connection/serverFacts.ts";
import { findPostgresPrograms } from "../infra/database/programs/findPostgresPrograms.ts";
import { readAudit, registryName } from "../infra/database/registry/audit.ts";
import { UserError } from "../infra/errors.ts";
import { ensureToolchain } from "../local/toolchain/ensureToolchain.ts";
import { print, printsData } from "./cli/output.ts";
import { StackCommand, type StackOptions } from "./cli/stackCommand.ts";
import { type OpenStack, openStack } from "./stack/openStack.ts";

interface Check {
  name: string;
  ok: boolean;
  /** The finding, or the problem with its remedy. */
  text: string;
}

/** Returns `doctor`. */
export default function doctorCommand(): StackCommand {
  return new StackCommand("doctor")
    .description(
      "Checks that this machine and a stack are fit to work: Node, Pulumi and its providers, PostgreSQL's programs, the stack file, the " +
        "tokens, both clouds, the main database and its backup. One line each, with what to do where one is not. Changes nothing. " +
        "Exit code 1 if anything is wrong.",
    )
    .withOutput()
    .action(async ({ stack, ...options }: StackOptions) => {
      const checks: Check[] = [];
      for await (const check of examine(stack)) {
        checks.push(check);
        if (!printsData(options))
          console.log(`${check.ok ? pc.green("✓") : pc.red("✗")} ${check.name.padEnd(17)} ${check.text}`);
      }
      const ok = checks.every((check) => check.ok);
      if (printsData(options)) print(options, { stack, ok, checks }, String);
      process.exitCode = ok ? 0 : 1;
    });
}

async function* examine(name: string): AsyncGenerator<Check> {
  yield { name: "Node", ok: true, text: process.version };
  yield await check("Pulumi", async () => {
    const { version, languageHost, providers } = await ensureToolchain({ log: () => undefined });
    return `${version}; language host: ${languageHost}, providers: ${providers}`;
  });
  let stack: OpenStack | undefined;
  yield await check("stack", async () => {
    stack = await openStack(name);
    const { orchestras, pool } = stack.plan;
    return `${name}: ${orchestras.length} orchestras, ${pool.length} pool databases`;
  });
  if (stack === undefined) return;
  const { config, registry, values, env } = stack;
  const access = <Service extends "supabase" | "cloudflare">(service: Service) =>
    readApiAccess([service], (key) => values[key], env)[service];
  yield await check("Supabase", async () => {
    const { organization } = config.supabase;
    return `${organization}, ${(await listProjects(access("supabase"), organization)).length} projects`;
  });
  yield await check("Cloudflare", async () => {
    const place = { ...access("cloudflare"), ...config.cloudflare, domain: config.domain };
    const { records, warnings } = await checkCloudflare(place);
    return [`${config.domain}, ${records.length} records`, ...warnings].join("; ");
  });
  let major: number | undefined;
  yield await check("main database", async () => {
    major = await withClient(registry, readServerMajor, previewLimits);
    return `PostgreSQL ${major}`;
  });
  if (major === undefined) return;
  const server = major;
  yield await check("PostgreSQL tools", async () => findPostgresPrograms(server));
  yield await check("backup", async () => {
    if (Object.keys(stack!.outputs.orchestras).length === 0) return "nothing to back up yet";
    const entries = await readAudit(registry, { stack: name, orchestra: registryName, limit: 50 });
    const last = entries.find(({ action }) => action === "backup");
    if (last) return `the main database, ${last.at.slice(0, 19).replace("T", " ")} UTC`;
    throw new UserError(
      "backup-missing",
      `Expected a backup of the main database, found none. Make one: ./stagesub backup -s ${name}`,
    );
  });
}

/** Runs a check. An error of the user's is its text; a bug ends the command. */
async function check(name: string, look: () => Promise<string>): Promise<Check> {
  try {
    return { name, ok: true, text: await look() };
  } catch (error) {
    if (error instanceof UserError) return { name, ok: false, text: error.text };
    throw error;
  }
}
