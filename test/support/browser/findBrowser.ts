import { delimiter } from "node:path";

import { findExecutable, isExecutable } from "../../../local/toolchain/findExecutable.ts";
import { UserError } from "../../../infra/errors.ts";

/**
 * Finds the Chromium of this machine: `CHROME_PATH`, the first of its usual names on PATH, or Chrome in its place on macOS.
 *
 * @throws {UserError} where `CHROME_PATH` names no program
 */
export function findBrowser(environment: NodeJS.ProcessEnv): string | undefined {
  const named = environment["CHROME_PATH"];
  if (named) {
    if (isExecutable(named)) return named;
    throw new UserError("program-missing", `Expected CHROME_PATH to name a Chromium, found no program at ${named}.`);
  }
  const path = (environment["PATH"] ?? "").split(delimiter).filter((directory) => directory !== "");
  const onPath = names.map((name) => findExecutable(name, path)).find((file) => file !== undefined);
  return onPath ?? [macOs].find(isExecutable);
}

/** The remedy for a machine without a browser. */
export const howToInstall =
  "Install it (Debian: sudo apt-get install chromium), or name a Chromium or Chrome with CHROME_PATH=/path/to/it.";

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const macOs = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";
