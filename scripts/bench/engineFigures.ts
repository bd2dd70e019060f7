import { mkdir, symlink, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import path from "node:path";

import pLimit from "p-limit";
import pg from "pg";

import type { Connection } from "../../infra/database/connection/connection.ts";
import { UserError } from "../../infra/errors.ts";
import { checkout } from "../../infra/util/checkout.ts";
import type { Toolchain } from "../../local/toolchain/ensureToolchain.ts";
import { compare, type Figure, summarize, time } from "./compare.ts";
import { withServer } from "./databaseFigures.ts";
import { type BenchCloud, pulumiIn, withBenchCloud } from "./withBenchCloud.ts";
import { replaceOrchestras } from "./writeFleet.ts";

/** A stack that runs beside ours in the same backend and environment, of empty resources. */
interface EmptyStack {
  run: (...args: string[]) => Promise<string>;
}

const quiet = ["--skip-preview", "--yes", "--suppress-outputs"];

/**
 * Measures the engine over a stack of some orchestras, each with a project of its own, beside a stack with as many empty dynamic resources.
 */
export async function measureEngine(
  toolchain: Toolchain,
  orchestras: number,
  { repetitions, ups, log }: { repetitions: number; ups: number; log: (line: string) => void },
): Promise<Figure[]> {
  const figures: Figure[] = [];
  const peer = "as many empty resources, and psql for each";
  const runs = { ours: [] as number[], [peer]: [] as number[] };
  let more = {};
  for (let number = 1; number <= ups; number++)
    await withBenchCloud(toolchain, async (cloud) => {
      await declare(cloud, orchestras);
      log(`up of ${orchestras} orchestras, ${number}/${ups}`);
      runs.ours.push(await time(() => cloud.up()));
      const { resources, bytes } = await weighStack(cloud);
      more = { resources, "bytes of state": bytes };
      const empty = await makeEmptyStack(cloud, resources);
      const emptyTime = await time(() => empty.run("up", ...quiet));
      runs[peer].push(emptyTime + (await timePsql(toolchain, orchestras)));
      if (number === ups) figures.push(...(await measureUnchanged(cloud, empty, orchestras, repetitions, log)));
    });
  const about = { id: `up-${orchestras}`, title: `\`up\` of ${orchestras} new orchestras`, reach: 1.3 };
  return [{ ...summarize(about, runs), more }, ...figures];
}

async function measureUnchanged(
  cloud: BenchCloud,
  empty: EmptyStack,
  orchestras: number,
  repetitions: number,
  log: (line: string) => void,
): Promise<Figure[]> {
  const figures: Figure[] = [];
  const peers = "as many empty resources";
  const steps = [
    { id: "nothing-to-do", title: "`up` without a change", args: ["up", ...quiet], reach: 1.2 },
    { id: "preview", title: "`preview` without a change", args: ["preview", "--suppress-outputs"], reach: 1.2 },
    { id: "refresh", title: "`refresh`", args: ["refresh", ...quiet], reach: 1.5 },
  ];
  for (const { id, title, args, reach } of steps) {
    log(`${title} of ${orchestras} orchestras`);
    const look = id === "refresh" ? () => lookAtEach(cloud) : async () => undefined;
    figures.push(
      await compare(
        { id: `${id}-${orchestras}`, title: `${title}: ${orchestras} orchestras`, reach },
        {
          ours: async () => () => cloud.pulumi(...args),
          [id === "refresh" ? `${peers}, a catalog query and a GET to each API for each` : peers]: async () => () =>
            empty.run(...args).then(look),
        },
        // Cloudflare takes 1,200 calls in five minutes, and a refresh and its peer make one for each orchestra.
        id === "refresh" ? Math.max(1, Math.min(repetitions, Math.floor(550 / orchestras))) : repetitions,
      ),
    );
  }
  return figures;
}

/** Measures the start of the program: a preview of one orchestra beside one of a TypeScript program that declares nothing. */
export async function measureStart(toolchain: Toolchain, repetitions: number): Promise<Figure> {
  return withBenchCloud(toolchain, async (cloud) => {
    await declare(cloud, 1);
    await cloud.up();
    const empty = await makeEmptyStack(cloud, 0);
    return compare(
      { id: "start", title: "`preview` of one orchestra: the program's start", reach: 1.3 },
      {
        ours: async () => () => cloud.pulumi("preview", "--suppress-outputs"),
        "an empty TypeScript program": async () => () => empty.run("preview"),
      },
      repetitions,
    );
  });
}

async function declare(cloud: BenchCloud, count: number): Promise<void> {
  const ids = Array.from({ length: count }, (_, index) => `bench-${index + 1}`);
  await cloud.writeStack(replaceOrchestras(await cloud.readStack(), ids));
}

/** Makes a project with a stack of empty dynamic resources, written as Pulumi's documentation shows them, in the cloud's backend. */
async function makeEmptyStack(cloud: BenchCloud, resources: number): Promise<EmptyStack> {
  const folder = path.join(cloud.settings.dir, `empty-${resources}`);
  await mkdir(folder, { recursive: true });
  const nodeargs = resources === 0 ? "    nodeargs: --import tsx\n" : "";
  const main = resources === 0 ? "index.ts" : "index.js";
  const declared = `const { dynamic } = require("@pulumi/pulumi");
const provider = { create: async () => ({ id: "empty", outs: {} }) };
class Empty extends dynamic.Resource {
  constructor(name) {
    super(provider, name, {});
  }
}
for (let number = 1; number <= ${resources}; number++) new Empty("empty-" + number);
`;
  await writeFile(
    path.join(folder, "Pulumi.yaml"),
    `name: empty-${resources}\nruntime:\n  name: nodejs\n  options:\n    typescript: false\n${nodeargs}main: ${main}\n`,
  );
  await writeFile(path.join(folder, "package.json"), '{ "name": "empty" }\n');
  await writeFile(path.join(folder, main), resources === 0 ? 'import "@pulumi/pulumi";\n' : declared);
  await symlink(path.join(checkout, "node_modules"), path.join(folder, "node_modules"));
  const run = (...args: string[]) => pulumiIn(folder, [...args, "--stack", "empty"], cloud.env);
  await pulumiIn(folder, ["stack", "init", "empty"], cloud.env);
  return { run };
}

/** Times psql for each of some new databases, as many at once as the machine has cores. */
async function timePsql({ environment }: Toolchain, count: number): Promise<number> {
  return withServer(environment, async (server) => {
    const databases: Connection[] = [];
    while (databases.length < count) databases.push(await server.createDatabase());
    const limit = pLimit(availableParallelism());
    return time(() => Promise.all(databases.map((database) => limit(() => server.runPsql(database)))));
  });
}

async function weighStack({ pulumi }: BenchCloud): Promise<{ resources: number; bytes: number }> {
  const state = await pulumi("stack", "export");
  const { deployment } = JSON.parse(state) as { deployment: { resources: unknown[] } };
  return { resources: deployment.resources.length, bytes: Buffer.byteLength(JSON.stringify(deployment)) };
}

/** Asks each orchestra's database one question of its catalogue, and each of the two APIs one about it. */
async function lookAtEach({ pulumi, env }: BenchCloud): Promise<void> {
  const { migrators } = JSON.parse(await pulumi("stack", "output", "--json", "--show-secrets")) as {
    migrators: Record<string, string>;
  };
  const get = async (url: string, token: string) => {
    const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
    if (!answer.ok) throw new UserError("program-failed", `GET ${url} was answered with ${answer.status}`);
    await answer.json();
  };
  for (const connectionString of Object.values(migrators)) {
    const client = new pg.Client({ connectionString });
    await client.connect();
    await client.query("SELECT attrelid::regclass, attname, format_type(atttypid, atttypmod) FROM pg_attribute");
    await client.end();
    // Its own project: the list of all is asked for 120 times a minute at most.
    const ref = new URL(connectionString).username.split(".")[1];
    await get(`${env["SUPABASE_API_ENDPOINT"]}/v1/projects/${ref}`, env["SUPABASE_ACCESS_TOKEN"]!);
    await get(`${env["CLOUDFLARE_BASE_URL"]}/zones`, env["CLOUDFLARE_API_TOKEN"]!);
  }
}
