import { Command } from "commander";
import { ensureToolchain, type Toolchain } from "../local/toolchain/ensureToolchain.ts";
import { awaitInterruption } from "./cli/interruption.ts";
import { quoteForShell } from "../infra/util/text.ts";

interface Options {
  json?: true;
  env?: true;
  refresh?: true;
}

const ways: Record<Toolchain["source"], string> = {
  path: "found on PATH",
  install: "Pulumi's own install",
  build: "built from Go modules",
};

/** Returns `toolchain`. */
export default function toolchainCommand(): Command {
  return new Command("toolchain")
    .description("Finds, installs or builds the Pulumi CLI, and says what it took and who serves the providers.")
    .option("--refresh", "ask again for Pulumi's downloads although they were out of reach within the last day")
    .option("--env", 'print exports for a shell: eval "$(./stagesub toolchain --env)"')
    .option("--json", "print the result as JSON")
    .action(prepare);
}

async function prepare({ json, env, refresh }: Options): Promise<void> {
  const toolchain = await ensureToolchain({
    log: (line) => console.error(line),
    signal: awaitInterruption(),
    refresh: refresh ?? false,
  });
  if (json) console.log(JSON.stringify(toolchain, null, 2));
  else if (env) console.log(formatExports(toolchain.environment));
  else console.log(formatSummary(toolchain));
}

function formatExports(environment: Record<string, string>): string {
  return Object.entries(environment)
    .map(([name, value]) => `export ${name}=${quoteForShell(value)}`)
    .join("\n");
}

function formatSummary({ pulumi, version, source, languageHost, providers, plugins, environment }: Toolchain): string {
  const rows: [string, string][] = [
    ["pulumi", `${version}, ${ways[source]}`],
    ["", pulumi],
    ["language host", languageHost === "official" ? "official, with the CLI" : "our own"],
    ...plugins.map(({ provider, name, version }): [string, string] => [
      provider,
      `${providers === "official" ? "official" : "our own"}, as plugin ${name} ${version}`,
    ]),
    ["PULUMI_HOME", environment["PULUMI_HOME"] ?? "your own"],
  ];
  return rows.map(([name, value]) => `${name.padEnd(15)}${value}`).join("\n");
}
