import { readFile } from "node:fs/promises";
import path from "node:path";

import { writePrivateFile } from "../cli/writePrivateFile.ts";
import { readFleet } from "../fleet/readFleet.ts";
import { openStack } from "../stack/openStack.ts";
import { describePool } from "../fleet/describePool.ts";
import { generator, renderReport } from "../fleet/report/renderReport.ts";
import { readSnapshot } from "../fleet/report/snapshot.ts";
import { UserError } from "../../infra/errors.ts";
import { StackCommand, type StackOptions } from "../cli/stackCommand.ts";

/** Returns `report`: writes the fleet as a page to look at. */
export default function reportCommand(): StackCommand {
  return new StackCommand("report")
    .description(
      "Writes one HTML page that needs no network: every orchestra with its state, version and size, what is not as declared marked, to " +
        "filter and sort; the pool; how the fleet grew; DNS and cloud settings; the changes since the report that it replaces. It holds no password, but names and addresses of people, so only you can read " +
        "the file. Exit code 0 also with differences: `verify` judges.",
    )
    .option("--file <path>", "the file to write, or a report to replace", "report.html")
    .action(async ({ stack: name, file: target }: StackOptions & { file: string }) => {
      const file = path.resolve(target);
      const before = await readReport(file);
      const stack = await openStack(name);
      const fleet = await readFleet(stack);
      await writePrivateFile(
        file,
        renderReport(fleet, describePool(stack, fleet.pool), new Date(), readSnapshot(before, stack.name)),
      );
      console.log(file);
    });
}

/** Returns the report to replace; "" if there is none. @throws {UserError} where the file was not written by this command */
async function readReport(file: string): Promise<string> {
  const existing = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw new UserError("file-access", `Cannot write ${file}: ${error.message}`);
  });
  if (existing === "" || existing.slice(0, 2_000).includes(`<meta name="generator" content="${generator}"`))
    return existing;
  throw new UserError(
    "file-access",
    `Refusing to replace ${file}: expected a report of this command or nothing, found another file. Name another with --file.`,
  );
}
