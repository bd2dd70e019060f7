import { Command } from "commander";

import { runCommand } from "./cli/runCommand.ts";
import { readCiContext, type CiContext } from "./ci/ciContext.ts";

/** Each brings its own libraries, so only the one that is asked for is loaded. */
const commands: Record<string, (context: CiContext) => Promise<Command>> = {
  apply: async (context) => (await import("./ci/apply.ts")).applyCommand(context),
  drift: async (context) => (await import("./ci/drift.ts")).driftCommand(context),
  preview: async (context) => (await import("./ci/preview.ts")).previewCommand(context),
  rules: async (context) => (await import("./ci/rules.ts")).rulesCommand(context),
};

await runCommand(async () => {
  const context = readCiContext(process.env);
  dropFromEnvironment();
  const program = new Command("npm run ci --")
    .description(
      "What the workflows in .github/workflows run; the same in any other CI and by hand. GitHub's own variables say where its reports " +
        "go: docs/ci.md. Each command has --help.",
    )
    .addHelpText(
      "after",
      `
Environment:
  GITHUB_TOKEN    the token that comments and keeps issues; never given to what these commands start
  GITHUB_API_URL  where GitHub's API is, if not at https://api.github.com`,
    );
  const [asked = ""] = process.argv.slice(2);
  for (const load of Object.hasOwn(commands, asked) ? [commands[asked]!] : Object.values(commands))
    program.addCommand(await load(context));
  return program;
});

/**
 * Keeps GitHub's token from the commands that this process starts. A workflow also sets each secret that the repository lacks to an
 * empty text; an empty variable counts as left out, except the passphrase, which may be empty.
 */
function dropFromEnvironment(): void {
  for (const [name, value] of Object.entries(process.env))
    if (name === "GITHUB_TOKEN" || (value === "" && name !== "PULUMI_CONFIG_PASSPHRASE")) delete process.env[name];
}
