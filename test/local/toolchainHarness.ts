import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ensureToolchain, type Toolchain, type ToolchainOptions } from "../../local/toolchain/ensureToolchain.ts";
import { findExecutable } from "../../local/toolchain/findExecutable.ts";
import { type Machine, readMachine } from "../../local/toolchain/machine.ts";
import { PULUMI_VERSION } from "../../local/toolchain/versions.ts";

/** A machine of a test's own: an empty home, an empty PATH but for sh and node, and no network. */
export interface FakeMachine {
  machine: Machine;
  home: string;
  cache: string;
  /** The log of ensureToolchain. */
  lines: string[];
  /** Writes an executable shell script into a directory of this machine; by default the first of its PATH. */
  install(name: string, script: string, directory?: string): string;
  /** Counts the calls of installed scripts that start so, such as "pulumi version". */
  countCalls(start: string): number;
  ensure(options?: Partial<ToolchainOptions>): Promise<Toolchain>;
  remove(): void;
}

/** Writes down each call, such as "pulumi version", so that a test can count them. */
const NOTE_CALL = 'echo "${0##*/} $*" >> "$CALLS"';

/** Nothing listens on the last port: who asks there is refused at once, as on a machine without network. */
const NOWHERE = "http://127.0.0.1:65535";

export function fakeMachine(overrides: { installer?: string; path?: string[] } = {}): FakeMachine {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "stagesub-toolchain-")));
  const [home, bin, system] = ["home", "bin", "system"].map((name) => join(root, name)) as [string, string, string];
  for (const directory of [home, bin, system]) mkdirSync(directory);
  for (const tool of ["sh", "node", "mkdir", "chmod", "sleep"]) {
    const path = findExecutable(tool, (process.env["PATH"] ?? "").split(":"));
    if (path) symlinkSync(path, join(system, tool));
  }
  // The programs of a machine with postgresql-17: nothing of PostgreSQL's is installed then.
  for (const tool of ["pg_dump", "pg_restore", "psql", "initdb", "postgres"])
    writeScript(join(system, tool), 'echo "pg_dump (PostgreSQL) 17.10"');
  const calls = join(root, "calls");
  const machine: Machine = {
    ...readMachine({ HOME: home, PATH: [bin, ...(overrides.path ?? []), system].join(":"), CALLS: calls }),
    installer: overrides.installer ?? NOWHERE,
    // In place of Pulumi's install script, which lays out the CLI and its language hosts so.
    install: (root) => {
      for (const name of ["pulumi", "pulumi-language-nodejs", "pulumi-resource-pulumi-nodejs"])
        writeScript(join(root, "bin", name), pulumiScript(PULUMI_VERSION));
      return Promise.resolve();
    },
  };
  const lines: string[] = [];
  return {
    machine,
    home,
    cache: machine.cache,
    lines,
    install: (name, script, directory = bin) => writeScript(join(directory, name), script),
    countCalls: (start) =>
      existsSync(calls)
        ? readFileSync(calls, "utf8")
            .split("\n")
            .filter((line) => line.startsWith(start)).length
        : 0,
    ensure: (options) => ensureToolchain({ log: (line) => lines.push(line), ...options }, machine),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

function writeScript(file: string, script: string): string {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return file;
}

/** Returns a `pulumi` that knows its version and nothing else. */
export function pulumiScript(version: string): string {
  return `${NOTE_CALL}\n[ "$1" = version ] && echo v${version}`;
}

/** Returns a `go` that "builds" a script for a CLI: it writes to the path behind -o. */
export function goScript(version: string, before = ""): string {
  return `${NOTE_CALL}
${before}
while [ $# -gt 0 ]; do
  if [ "$1" = -o ]; then printf '#!/bin/sh\\necho v${version}\\n' > "$2"; chmod +x "$2"; fi
  shift
done`;
}
