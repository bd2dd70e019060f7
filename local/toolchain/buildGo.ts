import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { findExecutable } from "./findExecutable.ts";
import type { Machine } from "./machine.ts";
import { reportRegularly } from "./reportRegularly.ts";
import { runProgram } from "../../infra/util/runProgram.ts";
import { UserError } from "../../infra/errors.ts";

/** A program that is built from Go modules. */
export interface GoProgram {
  /** Name and version for messages: "Pulumi 3.250.0". */
  title: string;
  /** The name of the built file. */
  name: string;
  /** A Go module of our own that requires the program: its go.sum pins the content of everything that goes into it. */
  module: string;
  /** Import path of its main package. */
  package: string;
  /** Values for the linker to put into the program's variables. */
  variables: Record<string, string>;
  /** The user's alternative to mending the build. */
  otherwise: string;
}

export interface GoBuild {
  program: GoProgram;
  /** The Go command, see `findGo`. */
  go: string;
  /** The folder for the built program. */
  directory: string;
  machine: Machine;
  log: (line: string) => void;
  signal?: AbortSignal | undefined;
}

/**
 * Returns the build flags. `-trimpath` and `CGO_ENABLED=0` make the same binary on every machine and need no C compiler; `-s -w` leaves
 * debug tables out (110 instead of 157 MB); `-mod=readonly` refuses modules that go.sum does not list; `-buildvcs=false` ignores git.
 */
function listFlags({ variables }: GoProgram): string[] {
  const values = Object.entries(variables).map(([variable, value]) => ` -X ${variable}=${value}`);
  return ["-mod=readonly", "-trimpath", "-buildvcs=false", `-ldflags=-s -w${values.join("")}`];
}

/** Returns a digest that changes whenever the build would give another binary. */
export function digestGo(program: GoProgram): string {
  const hash = createHash("sha256").update(listFlags(program).join("\0"));
  for (const file of ["go.mod", "go.sum"]) hash.update(readFileSync(join(program.module, file)));
  return hash.digest("hex").slice(0, 12);
}

/** Finds the Go command of this machine, if any. */
export function findGo(machine: Machine): string | undefined {
  return findExecutable("go", machine.path);
}

/**
 * Builds a program from Go modules; seconds with a warm Go build cache. Go's proxy, checksum database and caches are the
 * machine's own settings.
 *
 * @throws {UserError} with the end of Go's output
 */
export async function buildGo({ program, go, directory, machine, log, signal }: GoBuild): Promise<void> {
  const { title, name, module, package: main, otherwise } = program;
  const start = performance.now();
  let packages = 0;
  let downloads = 0;
  const stopReporting = reportRegularly(() => {
    const seconds = Math.round((performance.now() - start) / 1000);
    log(`  ${seconds} s: ${downloads} modules downloaded, ${packages} packages compiled`);
  });
  // Go leaves its work directory behind when it is interrupted; inside this folder it is removed with the rest.
  const workDirectory = join(directory, "go-tmp");
  await mkdir(workDirectory);
  const args = ["build", "-v", ...listFlags(program), "-o", join(directory, name), main];
  const { code, output } = await runProgram(go, args, {
    cwd: module,
    env: { ...machine.environment, CGO_ENABLED: "0", GOWORK: "off", GOTMPDIR: workDirectory },
    interruption: signal,
    onLine: (line) => {
      if (line.startsWith("go: downloading ")) downloads += 1;
      else packages += 1;
    },
  }).finally(stopReporting);
  await rm(workDirectory, { recursive: true, force: true, maxRetries: 5 });
  signal?.throwIfAborted();
  if (code === 0) return;
  const problems = output
    .split("\n")
    .filter((line) => !line.startsWith("go: downloading ") && !/^[\w./-]+$/.test(line));
  throw new UserError(
    "program-failed",
    `Could not build ${title} with ${go}:\n${problems.slice(-8).join("\n")}\nFix what Go says, or ${otherwise}.`,
  );
}
