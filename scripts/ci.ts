import { Command } from "commander";

import { applyCommand } from "./ci/apply.ts";
import { driftCommand } from "./ci/drift.ts";
import { previewCommand } from "./ci/preview.ts";
import { rulesCommand } from "./ci/rules.ts";
import { readCiContext } from "./ci/ciContext.ts";

/** Returns `ci` with its commands. */
export default function ciCommand(): Command {
  const context = readCiContext(process.env);
  dropFromEnvironment();
  return new Command("ci")
    .description(
      "The commands of .github/workflows, which also run in any other CI and by hand. GitHub's own variables tell where the reports go: " +
        "docs/ci.md.",
    )
    .addCommand(applyCommand(context))
    .addCommand(driftCommand(context))
    .addCommand(previewCommand(context))
    .addCommand(rulesCommand(context))
    .addHelpText(
      "after",
      `
Environment:
  GITHUB_TOKEN    the token for comments and issues; the commands that this
                  one starts never get it
  GITHUB_API_URL  GitHub's API (default: https://api.github.com)
  STAGESUB_WEBHOOK_URL
                  where \`drift\` and \`apply\` post JSON about drift and
                  failed runs, for Slack and the like`,
    );
}

/** Variables for this process alone. */
const secrets: ReadonlySet<string> = new Set(["GITHUB_TOKEN", "STAGESUB_WEBHOOK_URL"]);

/**
 * Keeps GitHub's token and the webhook from the commands that this process starts. A workflow also sets each secret that the repository lacks to an
 * empty text; an empty variable counts as left out, except the passphrase, which may be empty.
 */
function dropFromEnvironment(): void {
  for (const [name, value] of Object.entries(process.env))
    if (secrets.has(name) || (value === "" && name !== "PULUMI_CONFIG_PASSPHRASE")) delete process.env[name];
}
