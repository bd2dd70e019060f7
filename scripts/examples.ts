import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { Command } from "commander";
import pc from "picocolors";

import { ensureToolchain } from "../local/toolchain/ensureToolchain.ts";
import { awaitInterruption } from "./cli/interruption.ts";
import { runCommand } from "./cli/runCommand.ts";
import { makeExamples } from "./examples/makeExamples.ts";
import { checkout } from "./stack/openStack.ts";

const folder = "examples/pull-request";

const program = new Command("npm run examples --")
  .description(
    `Makes ${folder}: what reviewers see of five changes, from real previews on a local cloud of its own. Takes a minute or two.`,
  )
  .option("--check", "write nothing; exit code 1 where they are not what the previews give now")
  .action(async ({ check }: { check?: true }) => {
    const log = (line: string) => console.error(pc.dim(line));
    // Ctrl-C reaches `pulumi` as well: its run fails, and the cloud and its folder are taken away.
    const signal = awaitInterruption();
    const examples = await makeExamples(await ensureToolchain({ log, signal }), log);
    const files = Object.entries(examples).flatMap(([name, { changes, markdown }]): [string, string][] => [
      [`${folder}/${name}.json`, `${JSON.stringify(changes, null, 2)}\n`],
      [`${folder}/${name}.md`, markdown],
    ]);
    const old = check ? await findOld(files) : await write(files);
    if (old.length > 0) {
      console.error(pc.red(`Not what the previews give now: ${old.join(", ")}. Make them anew: npm run examples`));
      process.exitCode = 1;
    } else console.log(`${folder}: ${files.length} files ${check ? "are current" : "written"}.`);
  });
await runCommand(() => program);

async function findOld(files: readonly [string, string][]): Promise<string[]> {
  const read = (file: string) => readFile(path.join(checkout, file), "utf8").catch(() => undefined);
  const found = await Promise.all(files.map(async ([file, text]) => ((await read(file)) === text ? [] : [file])));
  return found.flat();
}

async function write(files: readonly [string, string][]): Promise<string[]> {
  await mkdir(path.join(checkout, folder), { recursive: true });
  for (const [file, text] of files) await writeFile(path.join(checkout, file), text);
  return [];
}
