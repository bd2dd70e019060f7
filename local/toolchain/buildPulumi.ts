import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { findExecutable } from "./findExecutable.ts";
import type { Machine } from "./machine.ts";
import { reportRegularly } from "./reportRegularly.ts";
import { runCommand } from "./runCommand.ts";
import { ToolchainError } from "./toolchainError.ts";
import { checkout, PULUMI_VERSION } from "./versions.ts";

/** Our own Go module: it requires the CLI, and its go.sum pins the content of everything that goes into it. */
const MODULE = join(checkout, "local/toolchain/go");
const PACKAGE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi";
const VERSION_VARIABLE = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version";

/**
 * `-trimpath` and `CGO_ENABLED=0` make the same binary on every machine and need no C compiler; `-s -w` leaves debug tables
 * out (110 instead of 157 MB); `-mod=readonly` refuses whatever go.sum does not list; this checkout's git is of no concern.
 */
const FLAGS = [
  "-mod=readonly",
  "-trimpath",
  "-buildvcs=false",
  `-ldflags=-s -w -X ${VERSION_VARIABLE}=v${PULUMI_VERSION}`,
];

/** Changes whenever the build would give another binary. */
export function digestBuild(): string {
  const hash = createHash("sha256").update(FLAGS.join("\0"));
  for (const file of ["go.mod", "go.sum"]) hash.update(readFileSync(join(MODULE, file)));
  return hash.digest("hex").slice(0, 12);
}

/** The Go command of this machine, if any. */
export function findGo(machine: Machine): string | undefined {
  return findExecutable("go", machine.path);
}

/**
 * Builds the Pulumi CLI from Go modules into `<directory>/pulumi`: about 4 minutes on 2 cores the first time, seconds with
 * a warm Go build cache. Go's proxy, checksum database and caches are the machine's own settings.
 *
 * @throws ToolchainError with the end of Go's output
 */
export async function buildPulumi(
  go: string,
  directory: string,
  machine: Machine,
  log: (line: string) => void,
  signal?: AbortSignal,
): Promise<void> {
  log(`Building Pulumi ${PULUMI_VERSION} from Go modules: several minutes the first time, then never again …`);
  const start = performance.now();
  let packages = 0;
  let downloads = 0;
  const stopReporting = reportRegularly(() => {
    const seconds = Math.round((performance.now() - start) / 1000);
    log(`  ${seconds} s: ${downloads} modules downloaded, ${packages} packages compiled`);
  });
  // Go leaves its work directory behind when it is interrupted; in here it goes with the rest.
  const workDirectory = join(directory, "go-tmp");
  await mkdir(workDirectory);
  const { code, output } = await runCommand(go, ["build", "-v", ...FLAGS, "-o", join(directory, "pulumi"), PACKAGE], {
    cwd: MODULE,
    environment: { ...machine.environment, CGO_ENABLED: "0", GOWORK: "off", GOTMPDIR: workDirectory },
    signal,
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
  throw new ToolchainError(
    `Could not build Pulumi ${PULUMI_VERSION} with ${go}:\n${problems.slice(-8).join("\n")}\n` +
      `Fix what Go says, or put Pulumi on PATH (https://www.pulumi.com/docs/install/), and run the command again.`,
  );
}
