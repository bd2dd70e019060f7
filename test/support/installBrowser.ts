import { runCommand } from "../../scripts/cli/runCommand.ts";
import { ensureBrowser } from "./browser/ensureBrowser.ts";

/** `npm run browser`: finds the Chromium that tests run in, or installs Debian's, and says which. */
await runCommand(async () => {
  const { path, version } = await ensureBrowser(process.env, (line) => console.error(line));
  console.log(`${path}: ${version}`);
});
