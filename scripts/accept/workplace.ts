import { randomBytes } from "node:crypto";
import { appendFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import getPort from "get-port";
import { type Document, parseDocument, stringify } from "yaml";

import { type Connection, formatConnectionUrl } from "../../infra/database/connection/connection.ts";
import { createDatabase, createRole } from "../../local/cloud/cluster/projects.ts";
import { removeCluster, startCluster } from "../../local/cloud/cluster/startCluster.ts";
import { runProgram } from "../../infra/util/runProgram.ts";
import { encryptValue } from "../stack/stackSecrets.ts";
import { checkout } from "../../infra/util/checkout.ts";
import { isAlive } from "../../infra/util/isAlive.ts";
import { UserError } from "../../infra/errors.ts";
import { nameStackFile } from "../../infra/config/parseSource.ts";
import { type Accounts, spare } from "./accounts.ts";
import { type Recording, startRecorder } from "./recorder.ts";

/** Everything of a run that is on this machine: stack file, state, main database, recorders. */
export interface Workplace {
  accounts: Accounts;
  recording: Recording;
  /** Secrets and other words of these accounts, which no recording may hold. */
  own: string[];
  /** The main database. */
  main: Connection;
  /** `pulumi … --stack <stack>`. @returns standard output @throws {UserError} with the end of its output, for other exit codes */
  pulumi: (args: string[]) => Promise<string>;
  /** `./stagesub … --stack <stack>`, likewise. */
  stagesub: (args: string[], expected?: number[]) => Promise<string>;
  /** Edits the run's stack file as a person does. */
  edit: (change: (file: Document) => void) => Promise<void>;
  close: () => Promise<void>;
}

const header = "# Made by `./stagesub accept`, and taken away at the run's end.\n";

function placesOf({ of, stack }: Pick<Accounts, "of" | "stack">) {
  const dir = path.join(checkout, ".accept", of);
  return {
    dir,
    pid: path.join(dir, "pid"),
    register: path.join(dir, "register"),
    state: path.join(dir, "state"),
    file: path.join(checkout, nameStackFile(stack)),
    backups: path.join(checkout, "backups", stack),
  };
}

/**
 * Removes what an earlier run left on this machine.
 *
 * @throws {UserError} while that run goes on, and where the stack file is somebody's own
 */
export async function clearWorkplace(accounts: Accounts): Promise<void> {
  const { dir, pid, register, file, backups } = placesOf(accounts);
  const running = Number(await readFile(pid, "utf8").catch(() => ""));
  if (running > 0 && running !== process.pid && isAlive(running))
    throw new UserError(
      "busy",
      `Another acceptance run for ${accounts.of} is at work (process ${running}). Wait for its end.`,
    );
  const text = await readFile(file, "utf8").catch(() => header);
  if (!text.startsWith(header))
    throw new UserError(
      "file-access",
      `Refusing to replace ${nameStackFile(accounts.stack)}: expected no such stack, found one that is not a run's. Rename it.`,
    );
  await removeCluster(register);
  for (const place of [dir, file, backups]) await rm(place, { recursive: true, force: true });
}

/** Makes the run's stack with an empty main database on this machine: neither the state nor the main database of the real stack is used. */
export async function openWorkplace(
  accounts: Accounts,
  { log, signal, onLine }: { log: string; signal: AbortSignal; onLine: (line: string) => void },
): Promise<Workplace> {
  const { stack, access, plan, config } = accounts;
  const { pid, register, state, file } = placesOf(accounts);
  await mkdir(state, { recursive: true, mode: 0o700 });
  await writeFile(pid, String(process.pid));
  const [passphrase, password] = [randomBytes(16).toString("hex"), randomBytes(16).toString("hex")];
  const secrets = [access.supabase.token, access.cloudflare.token, passphrase, password];
  const own = [...secrets, plan.supabase.organization];

  const port = await getPort();
  const cluster = await startCluster({
    ...{ dir: register, port, id: randomBytes(8).toString("hex"), superuserPassword: password, durable: false },
    log: onLine,
  });
  await cluster.withDatabase("postgres", async (client) => {
    await createRole(client, "accept", "LOGIN NOSUPERUSER", password);
    await createDatabase(client, "main", "accept");
  });
  const main: Connection = { host: "127.0.0.1", port, user: "accept", password, database: "main" };
  const recording: Recording = {};
  const notes = { recording, own, names: [...accounts.projects, ...accounts.hosts] };
  const recorders = {
    supabase: await startRecorder("supabase", access.supabase.baseUrl, notes),
    cloudflare: await startRecorder("cloudflare", access.cloudflare.baseUrl, notes),
  };
  const {
    PULUMI_STACK: _stack,
    PULUMI_CONFIG_PASSPHRASE_FILE: _file,
    STAGESUB_BACKUP_CHECK: _check,
    ...env
  } = accounts.env;
  const environment: NodeJS.ProcessEnv = {
    ...env,
    PULUMI_BACKEND_URL: `file://${state}?metadata=skip`,
    PULUMI_CONFIG_PASSPHRASE: passphrase,
    PULUMI_CONTINUE_ON_ERROR: "true",
    PULUMI_SKIP_CHECKPOINTS: "true",
    SUPABASE_ACCESS_TOKEN: access.supabase.token,
    SUPABASE_API_ENDPOINT: recorders.supabase.baseUrl,
    CLOUDFLARE_API_TOKEN: access.cloudflare.token,
    CLOUDFLARE_BASE_URL: recorders.cloudflare.baseUrl,
    DATABASE_URL: formatConnectionUrl(main),
  };

  const hide = (line: string) => secrets.reduce((rest, secret) => rest.replaceAll(secret, "[secret]"), line);
  const run = async (command: string, args: string[], expected = [0]) => {
    const name = [path.basename(command), ...args].join(" ");
    const isSecret = args.includes("--show-secrets");
    await appendFile(log, `\n$ ${name}\n`);
    // On a terminal Ctrl-C has reached the command already, and Pulumi takes a second one for "at once".
    const result = await runProgram(command, args, {
      env: environment,
      cwd: checkout,
      ...(!process.stdin.isTTY && { interruption: signal }),
      ...(!isSecret && { onLine: (line: string) => onLine(hide(line)) }),
    });
    if (!isSecret) await appendFile(log, `${hide(result.output)}\n`);
    if (signal.aborted) throw new UserError("interrupted", "Interrupted.");
    if (expected.includes(result.code ?? -1)) return result.stdout;
    const end = hide(result.output).trimEnd().split("\n").slice(-25).join("\n");
    throw new UserError(
      "step-failed",
      `Expected exit code ${expected.join(" or ")} of \`${name}\`, got ${result.code}:\n${end}`,
    );
  };
  const pulumi = (args: string[]) => run("pulumi", [...args, "--stack", stack, "--non-interactive"]);

  const close = async () => {
    await Promise.all([recorders.supabase.close(), recorders.cloudflare.close(), cluster.close()]);
  };

  await writeFile(file, header + stringify({ config: { ...config, ...ownConfig } }, { lineWidth: 0 }));
  const init = ["stack", "init", stack, "--no-select", "--secrets-provider", "passphrase", "--non-interactive"];
  try {
    await run("pulumi", init);
    const text = await readFile(file, "utf8");
    const key = await encryptValue({ name: stack, text, env: environment }, randomBytes(32).toString("base64"));
    const document = parseDocument(text);
    document.setIn(["config", "stagesub:key"], { secure: key });
    await writeFile(file, document.toString({ lineWidth: 0 }));
  } catch (error) {
    await close();
    throw error;
  }
  return {
    ...{ accounts, recording, own, main, pulumi },
    stagesub: (args, expected) => run(path.join(checkout, "stagesub"), [...args, "--stack", stack], expected),
    edit: async (change) => {
      const document = parseDocument(await readFile(file, "utf8"));
      change(document);
      await writeFile(file, document.toString({ lineWidth: 0 }));
    },
    close,
  };
}

/** One spare, which an orchestra then claims; the main database is backed up by the run itself before it is written to. */
const ownConfig = {
  "stagesub:backup": { automatic: true },
  "stagesub:pool": { spares: 1, max: spare },
  "stagesub:orchestras": {},
};
