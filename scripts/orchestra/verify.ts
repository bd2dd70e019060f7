import { isIP } from "node:net";
import path from "node:path";
import { Command, InvalidArgumentError } from "commander";

import { keyOf } from "../../infra/plan/planOrchestras.ts";
import { awaitInterruption } from "../cli/interruption.ts";
import { readFleet } from "../fleet/readFleet.ts";
import { type OpenStack, openStack } from "../stack/openStack.ts";
import { type Findings, isWell } from "../fleet/verify/finding.ts";
import { formatFindings, toJson } from "../fleet/verify/formatFindings.ts";
import { openNameServers } from "../fleet/verify/nameServers.ts";
import { parseDuration } from "../fleet/verify/parseDuration.ts";
import { expectTables } from "../fleet/verify/prisma/expectTables.ts";
import { formatPrisma, toPrismaJson } from "../fleet/verify/prisma/formatPrisma.ts";
import { readPrismaSchema } from "../fleet/verify/prisma/readPrismaSchema.ts";
import { fits, verifyPrisma } from "../fleet/verify/prisma/verifyPrisma.ts";
import { showProgress } from "../fleet/verify/progress.ts";
import { type Subject, toSubjects } from "../fleet/verify/subject.ts";
import { verifyAll } from "../fleet/verify/verifyAll.ts";
import { chooseOrchestras } from "../cli/chooseOrchestras.ts";
import { jsonOption, stackOption } from "../cli/stackOption.ts";

interface Options {
  stack: string;
  dnsServer?: string;
  resolver?: string;
  wait: number;
  concurrency: number;
  prisma?: string;
  json?: true;
}

/** `verify [ids…]`: looks at orchestras as a visitor, as the app and as the database's owner do. */
export function verifyCommand(): Command {
  return new Command("verify")
    .description(
      "Looks at orchestras from outside and inside: DNS, TLS certificate, login page, the first administrator's one-time password, " +
        "e-mail templates, settings, migrations, the app's rights, the project's settings as Supabase says them (TLS, networks, Data API), the " +
        "record as Cloudflare says it, and the row in the main database. Exit code 1 if anything fails. " +
        "With --prisma it compares the databases with the app's Prisma schema, and looks at nothing else.",
    )
    .argument("[ids...]", "which; all of the stack file if left out")
    .addOption(stackOption())
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
      readDuration,
      120_000,
    )
    .option("--concurrency <number>", "how many at once", parseCount, 10)
    .option(
      "--prisma <schema>",
      "a Prisma schema, or a folder of them: tables, columns, types, what may be null, uniques, foreign keys, enums",
    )
    .addOption(jsonOption())
    .action((ids: string[], { prisma, ...options }: Options) =>
      prisma === undefined ? verify(ids, options) : compare(ids, options, prisma),
    );
}

async function verify(ids: string[], options: Options): Promise<void> {
  const stack = await openStack(options.stack);
  const subjects = chooseOpen(stack, ids);
  const local = stack.env["STAGESUB_LOCAL_DNS"];
  const zone = options.dnsServer ?? local;
  const context = {
    servers: openNameServers(stack.plan.domain, {
      ...(zone !== undefined && { zone }),
      public: options.resolver ?? local ?? "1.1.1.1",
    }),
    fleet: await readFleet(stack, new Set(subjects.map(({ id }) => id))),
    deadline: Date.now() + options.wait,
  };

  const seen = new Map<string, Findings>();
  const progress = showProgress(subjects.length, process.stderr);
  const report = () => {
    progress.end();
    const inOrder = new Map(subjects.flatMap(({ id }) => (seen.has(id) ? [[id, seen.get(id)!] as const] : [])));
    if (options.json) console.log(JSON.stringify({ stack: stack.name, orchestras: toJson(inOrder) }, null, 2));
    else console.log(formatFindings(inOrder));
  };
  awaitInterruption().addEventListener("abort", () => {
    report();
    console.error(`Interrupted: ${seen.size} of ${subjects.length} were looked at.`);
    process.exit(130);
  });
  await verifyAll(subjects, context, options.concurrency, {
    onWait: progress.waiting,
    onDone: (id, findings) => {
      seen.set(id, findings);
      progress.done(id);
    },
  });
  report();
  if (![...seen.values()].every(isWell)) process.exitCode = 1;
}

async function compare(ids: string[], options: Options, place: string): Promise<void> {
  const file = path.resolve(place);
  const expectation = expectTables(await readPrismaSchema(file));
  const stack = await openStack(options.stack);
  const chosen = chooseOpen(stack, ids).map(({ id }) => id);
  const databases = stack.plan.orchestras
    .filter(({ id }) => chosen.includes(id))
    .map((orchestra) => [orchestra.id, stack.migrators[keyOf(orchestra)]] as const);
  const looks = await verifyPrisma(new Map(databases), expectation, options.concurrency);
  if (options.json)
    console.log(JSON.stringify({ stack: stack.name, schema: place, orchestras: toPrismaJson(looks) }, null, 2));
  else console.log(formatPrisma(place, expectation, looks));
  if (![...looks.values()].every(fits)) process.exitCode = 1;
}

/** Returns the named orchestras, or all; leaves out retired ones, which have nothing to look at. */
function chooseOpen(stack: OpenStack, ids: string[]): Subject[] {
  return chooseOrchestras(toSubjects(stack), ids).filter(({ id, state }) => {
    if (state === "retired") console.error(`${id} is retired: it is not looked at.`);
    return state !== "retired";
  });
}

function readDuration(text: string): number {
  const duration = parseDuration(text);
  if (duration === undefined) throw new InvalidArgumentError("Expected a duration like 90s, 2m or 0.");
  return duration;
}

function parseCount(text: string): number {
  const count = Number(text);
  if (!/^\d{1,3}$/.test(text) || count < 1) throw new InvalidArgumentError("Expected a number from 1 to 999.");
  return count;
}

/** Names would need a resolver to find the resolver. */
function parseServer(text: string): string {
  const [, bracketed, plain, port = "53"] = /^(?:\[(.+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const isServer = isIP(text) || (isIP(bracketed ?? plain ?? "") && Number(port) >= 1 && Number(port) <= 65_535);
  if (!isServer) throw new InvalidArgumentError("Expected an IP address like 1.1.1.1, 127.0.0.1:5353 or [::1]:5353.");
  return text;
}
