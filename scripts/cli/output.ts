import { Option } from "commander";
import { stringify } from "yaml";

/** The values of `outputOption` and `jsonOption`. */
export interface OutputOptions {
  output?: "wide" | "json" | "yaml";
  json?: true | undefined;
}

/** Returns `--output`, for every command that prints a table or a list. */
export function outputOption(): Option {
  return new Option(
    "-o, --output <form>",
    "wide: whole tables, however narrow the terminal is; json or yaml: data on standard output, and nothing else there",
  ).choices(["wide", "json", "yaml"]);
}

/** Returns `--json`. */
export function jsonOption(): Option {
  return new Option("--json", "as JSON on standard output, and nothing else there").conflicts("output");
}

/** Whether a program reads standard output. */
export function printsData({ output, json }: OutputOptions): boolean {
  return json === true || output === "json" || output === "yaml";
}

/**
 * Prints a result in the form that the options ask for.
 *
 * @param format writes it for people, with tables within this width
 */
export function print(options: OutputOptions, data: unknown, format: (width: number) => string): void {
  if (!printsData(options)) console.log(format(options.output === "wide" ? Infinity : terminalWidth()));
  // By way of JSON: YAML's writer has other words for dates and for what stands in two places.
  else if (options.output === "yaml") process.stdout.write(stringify(JSON.parse(JSON.stringify(data))));
  else console.log(JSON.stringify(data, null, 2));
}

/** A pipe has no width. */
function terminalWidth(): number {
  return process.stdout.isTTY ? process.stdout.columns || 80 : Infinity;
}
