import { Command } from "commander";

import { ensureBrowser } from "./browser/ensureBrowser.ts";
import { runCommand } from "../../scripts/cli/runCommand.ts";

const program = new Command("npm run browser --")
  .description(
    "Finds the Chromium that tests run in (CHROME_PATH, or on PATH) and says which; installs Debian's where that is possible.",
  )
  .action(async () => {
    const { path, version } = await ensureBrowser(process.env, (line) => console.error(line));
    console.log(`${path}: ${version}`);
  });
await runCommand(() => program);
