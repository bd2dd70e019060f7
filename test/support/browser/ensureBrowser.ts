import { readFileSync } from "node:fs";
import { delimiter } from "node:path";

import { findExecutable } from "../../../local/toolchain/findExecutable.ts";
import { runProgram } from "../../../infra/util/runProgram.ts";
import { UserError } from "../../../infra/errors.ts";
import { findBrowser, howToInstall } from "./findBrowser.ts";

export interface Browser {
  path: string;
  /** As it names itself: "Chromium 156.0.8078.79 built on Debian GNU/Linux 12 (bookworm)". */
  version: string;
}

/**
 * Finds a Chromium that starts. On a Debian without one, and only as root, as in a CI container, installs Debian's own package first.
 *
 * @throws {UserError} where there is no Chromium, with the remedy
 */
export async function ensureBrowser(environment: NodeJS.ProcessEnv, log: (line: string) => void): Promise<Browser> {
  const found = findBrowser(environment);
  if (found !== undefined) return startOnce(found, environment);
  const aptGet = findAptGet(environment);
  if (aptGet === undefined)
    throw new UserError("program-missing", `Tests need a browser, and found no Chromium. ${howToInstall}`);
  const started = Date.now();
  log("Installing Debian's chromium, which tests need …");
  await install(aptGet, environment);
  log(`Installed it in ${Math.round((Date.now() - started) / 1000)} s.`);
  const installed = findBrowser(environment);
  if (installed === undefined)
    throw new UserError(
      "program-missing",
      `Installed Debian's chromium, but found it nowhere on PATH. ${howToInstall}`,
    );
  return startOnce(installed, environment);
}

/** Starts the browser once: a file of the right name may be a stub, such as Ubuntu's, that only asks for a snap. */
async function startOnce(path: string, environment: NodeJS.ProcessEnv): Promise<Browser> {
  const { code, stdout, output } = await runProgram(path, ["--version"], { env: environment });
  if (code !== 0) throw new UserError("program-failed", `${path} does not start: ${lastLine(output)}. ${howToInstall}`);
  return { path, version: lastLine(stdout) };
}

function findAptGet(environment: NodeJS.ProcessEnv): string | undefined {
  if (process.getuid?.() !== 0 || !isDebian()) return undefined;
  return findExecutable("apt-get", (environment["PATH"] ?? "").split(delimiter));
}

function isDebian(): boolean {
  try {
    return /^ID=debian$/m.test(readFileSync("/etc/os-release", "utf8"));
  } catch {
    return false;
  }
}

/**
 * Installs Chromium. A new container has no package lists, and old lists name packages that are gone: then fetches them and tries again.
 */
async function install(aptGet: string, environment: NodeJS.ProcessEnv): Promise<void> {
  const quiet = ["-qq", "-o", "DPkg::Lock::Timeout=120"];
  const run = (...args: string[]) =>
    runProgram(aptGet, [...quiet, ...args], { env: { ...environment, DEBIAN_FRONTEND: "noninteractive" } });
  const packages = ["install", "-y", "--no-install-recommends", "chromium", "fonts-dejavu-core"];
  if ((await run(...packages)).code === 0) return;
  await run("update");
  const { code, output } = await run(...packages);
  if (code !== 0)
    throw new UserError(
      "program-failed",
      `Tests need a browser, and apt-get could not install chromium: ${lastLine(output)}. ${howToInstall}`,
    );
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}
