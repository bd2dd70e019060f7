import { Command } from "commander";

import { ensureBrowser } from "../local/browser/ensureBrowser.ts";
import { UserError } from "../infra/errors.ts";

await new Command("npm run browser --")
  .description(
    "Finds the Chromium that tests run in (CHROME_PATH, or on PATH) and says which; installs Debian's where that is possible.",
  )
  .action(async () => {
    try {
      const { path, version } = await ensureBrowser(process.env, (line) => console.error(line));
      console.log(`${path}: ${version}`);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      console.error(error.message);
      process.exitCode = 1;
    }
  })
  .parseAsync();
