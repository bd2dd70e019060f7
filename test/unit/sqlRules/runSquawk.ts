import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import path from "node:path";
import { promisify } from "node:util";

import { corpusDir, type Judged } from "./corpus.ts";

const run = promisify(execFile);
const squawk = createRequire(import.meta.url)("squawk-cli/js/index.js") as { getBinaryPath(): string };

/** What squawk says of form, and not of danger: that a time limit is set first, and which types it prefers. */
const style = /^(require-(lock|statement)-timeout|prefer-.*|require-enum-value-ordering)$/;

/** One thing that squawk has to say. Lines are counted from 0. */
interface Violation {
  file: string;
  line: number;
  line_end: number;
  rule_name: string;
}

export async function squawkVersion(): Promise<string> {
  const { stdout } = await run(squawk.getBinaryPath(), ["--version"]);
  return stdout.trim().replace(/^squawk /, "");
}

/** The rules that squawk sees broken in each statement of a part of the corpus, in the order of `judged`. */
export async function runSquawk(part: "dangerous" | "ordinary", judged: readonly Judged[]): Promise<string[][]> {
  const files = [...new Set(judged.map(({ file }) => file))];
  const options = ["--pg-version", "17.0", "--reporter", "json"];
  const cwd = path.join(corpusDir, part);
  // Files marked "-- no-transaction" run outside one, the others within.
  const alone = files.filter((file) => judged.some((one) => one.file === file && one.isAlone));
  const outputs = await Promise.all([
    lint([...options, "--assume-in-transaction", ...files.filter((file) => !alone.includes(file))], cwd),
    alone.length > 0 ? lint([...options, ...alone], cwd) : [],
  ]);
  const violations = outputs.flat().filter(({ rule_name }) => !style.test(rule_name));
  return judged.map(({ file, statement }, index) => {
    const next = judged[index + 1];
    const end = next?.file === file ? next.statement.line : Number.POSITIVE_INFINITY;
    const inside = violations.filter(
      (one) => one.file === file && one.line + 1 >= statement.line && one.line + 1 < end,
    );
    return [...new Set(inside.map(({ rule_name }) => rule_name))];
  });
}

/** Exit code 1 is "something was found". */
async function lint(args: readonly string[], cwd: string): Promise<Violation[]> {
  const { stdout } = await run(squawk.getBinaryPath(), [...args], { cwd, maxBuffer: 16 * 1024 * 1024 }).catch(
    (error: { code?: number; stdout?: string }) => {
      if (error.code !== 1 || !error.stdout) throw error;
      return { stdout: error.stdout };
    },
  );
  return JSON.parse(stdout) as Violation[];
}
