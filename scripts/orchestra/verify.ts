import { once } from "node:events";
import { isIP } from "node:net";
import path from "node:path";

import { InvalidArgumentError } from "commander";
import pLimit from "p-limit";

import { keyOf } from "../../infra/plan/planOrchestras.ts";
import { count } from "../../infra/util/text.ts";
import { awaitInterruption } from "../cli/interruption.ts";
import { withProgress } from "../cli/withProgress.ts";
import { readFleet } from "../fleet/readFleet.ts";
import { type OpenStack, openStack } from "../stack/openStack.ts";
import { type CheckResults, formatResults, isHealthy, toJson } from "../fleet/verify/checkResult.ts";
import { openNameServers, type VerifyTarget } from "../fleet/verify/checkName.ts";
import { expectTables } from "../fleet/verify/prisma/expectTables.ts";
import { readPrismaSchema } from "../fleet/verify/prisma/readPrismaSchema.ts";
import { formatPrisma, verifyPrisma } from "../fleet/verify/prisma/verifyPrisma.ts";
import { verifyOrchestra } from "../fleet/verify/verifyOrchestra.ts";
import { chooseOrchestras } from "../cli/chooseOrchestras.ts";
import { parseCount, parseDuration } from "../cli/parseOption.ts";
import { print } from "../cli/output.ts";
import { StackCommand, type StackOptions } from "../cli/stackCommand.ts";

interface Options extends StackOptions {
  dnsServer?: string;
  resolver?: string;
  wait: number;
  concurrency: number;
  prisma?: string;
}

/** Returns `verify [ids…]`: looks at orchestras as a visitor, as the app and as the database's owner do. */
export default function verifyCommand(): StackCommand {
  return new StackCommand("verify")
    .description(
      "Looks at orchestras from outside and inside: DNS, TLS certificate, login page, the first administrator's one-time password, " +
        "e-mail templates, settings, migrations, the app's rights, the project's settings as Supabase says them (TLS, networks, Data API), the " +
        "record as Cloudflare says it, and the row in the main database. Exit code 1 if anything fails. " +
        "With --prisma it compares the databases with the app's Prisma schema, and looks at nothing else.",
    )
    .argument("[ids...]", "which; all of the stack file if left out")
    .option(
      "--dns-server <address[:port]>",
      "the zone's own name server (default: as its NS records say; the local cloud's for the stack local)",
      parseServer,
    )
    .option(
      "--resolver <address[:port]>",
      "the public resolver (default: 1.1.1.1; the local cloud's DNS for the stack local)",
      parseServer,
    )
    .option(
      "--wait <duration>",
      "how long to wait, in all, for DNS to spread: 90s, 2m; 0 looks once",
      parseDuration,
      120_000,
    )
    .option("--concurrency <number>", "how many at once", parseCount(999), 10)
    .option(
      "--prisma <schema>",
      "a Prisma schema, or a folder of them: tables, columns, types, what may be null, uniques, foreign keys, enums",
    )
    .withOutput()
    .action((ids: string[], { prisma, ...options }: Options) =>
      prisma === undefined ? verify(ids, options) : compareWithPrisma(ids, options, prisma),
    );
}

async function verify(ids: string[], options: Options): Promise<void> {
  const stack = await openStack(options.stack);
  const targets = chooseOpen(stack, ids);
  const local = stack.env["STAGESUB_LOCAL_DNS"];
  const zone = options.dnsServer ?? local;
  const context = {
    servers: openNameServers(stack.plan.domain, {
      ...(zone !== undefined && { zone }),
      public: options.resolver ?? local ?? "1.1.1.1",
    }),
    fleet: await readFleet(stack, { orchestras: new Set(targets.map(({ id }) => id)) }),
    deadline: Date.now() + options.wait,
  };
  const results = new Map<string, CheckResults>();
  const waiting = new Map<string, string>();
  const signal = awaitInterruption();
  await withProgress(`Verifying ${count(targets.length, "orchestra")}`, "checks run", (waitFor) => {
    const show = () => {
      const names = [...waiting].map(([id, reason]) => `${id} (${reason})`).join(", ");
      const done = `${results.size} of ${targets.length} done`;
      waitFor(names === "" ? "checks run" : "waiting for DNS", names === "" ? done : `${done}: ${names}`);
    };
    const all = pLimit(options.concurrency).map(targets, async (target) => {
      const { id } = target;
      const onWait = (reason: string) => {
        waiting.set(id, reason);
        show();
      };
      results.set(id, await verifyOrchestra(target, context, onWait));
      waiting.delete(id);
      show();
    });
    return Promise.race([all, once(signal, "abort")]);
  });
  const inOrder = new Map(targets.flatMap(({ id }) => (results.has(id) ? [[id, results.get(id)!] as const] : [])));
  print(options, { stack: stack.name, orchestras: toJson(inOrder) }, (width) => formatResults(inOrder, width));
  if (signal.aborted) return console.error(`Interrupted: ${results.size} of ${targets.length} were looked at.`);
  if (![...results.values()].every(isHealthy)) process.exitCode = 1;
}

async function compareWithPrisma(ids: string[], options: Options, place: string): Promise<void> {
  const expectation = expectTables(await readPrismaSchema(path.resolve(place)));
  const stack = await openStack(options.stack);
  const chosen = new Set(chooseOpen(stack, ids).map(({ id }) => id));
  const databases = stack.plan.orchestras
    .filter(({ id }) => chosen.has(id))
    .map((orchestra) => [orchestra.id, stack.migrators[keyOf(orchestra)]] as const);
  const orchestras = await verifyPrisma(databases, expectation, options.concurrency);
  print(options, { stack: stack.name, schema: place, orchestras }, () => formatPrisma(place, expectation, orchestras));
  if (!orchestras.every(({ ok }) => ok)) process.exitCode = 1;
}

/** Returns the named orchestras, or all; leaves out retired ones, which have nothing to look at. */
function chooseOpen(stack: OpenStack, ids: string[]): VerifyTarget[] {
  const { plan, outputs } = stack;
  return chooseOrchestras(plan.orchestras, ids).flatMap(({ id, host, url, state }) => {
    if (state !== "retired")
      return { id, host, url, state, app: plan.app, oneTimePassword: outputs.administrators[id]?.oneTimePassword };
    console.error(`${id} is retired: it is not looked at.`);
    return [];
  });
}

/** Names would need a resolver to find the resolver. */
function parseServer(text: string): string {
  const [, bracketed, plain, port = "53"] = /^(?:\[(.+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const isServer = isIP(text) || (isIP(bracketed ?? plain ?? "") && Number(port) >= 1 && Number(port) <= 65_535);
  if (!isServer) throw new InvalidArgumentError("Expected an IP address like 1.1.1.1, 127.0.0.1:5353 or [::1]:5353.");
  return text;
}
