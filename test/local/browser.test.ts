import { existsSync } from "node:fs";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { ensureBrowser } from "../support/browser/ensureBrowser.ts";

/** Over a PATH of its own with small scripts in place of programs. It does not prove that Debian's package installs. */
describe("ensureBrowser", () => {
  let dir: string;
  beforeEach(async () => void (dir = await mkdtemp(path.join(tmpdir(), "stagesub-browser-"))));
  afterEach(() => rm(dir, { recursive: true, force: true }));

  const program = async (name: string, script: string) => {
    const file = path.join(dir, name);
    await writeFile(file, `#!/bin/sh\n${script}\n`);
    await chmod(file, 0o755);
    return file;
  };
  const lines: string[] = [];
  const ensure = (more: NodeJS.ProcessEnv = {}) => ensureBrowser({ PATH: dir, ...more }, (line) => lines.push(line));
  const chromium = "echo Chromium 156.0";

  it("takes chromium before Chrome on PATH, and what CHROME_PATH names before both", async () => {
    await program("google-chrome", "echo Google Chrome 156.0");
    const onPath = await program("chromium", chromium);
    expect(await ensure()).toEqual({ path: onPath, version: "Chromium 156.0" });
    const named = await program("mine", "echo Mine 1.0");
    expect(await ensure({ CHROME_PATH: named })).toEqual({ path: named, version: "Mine 1.0" });
  });

  it("refuses a CHROME_PATH that names no program, and a browser that does not start", async () => {
    await expect(ensure({ CHROME_PATH: "/nowhere/chrome" })).rejects.toThrow(
      "Expected CHROME_PATH to name a Chromium, found no program at /nowhere/chrome.",
    );
    await program("chromium-browser", "echo 'requires the chromium snap' >&2; exit 1");
    await expect(ensure()).rejects.toThrow(/chromium-browser does not start: requires the chromium snap\. Install it/);
  });

  // A machine with Chrome where macOS keeps it never lacks one.
  it.skipIf(process.platform === "darwin")("says in one line what to install where there is none", async () => {
    await expect(ensure()).rejects.toThrowErrorMatchingInlineSnapshot(
      `[UserError: Tests need a browser, and found no Chromium. Install it (Debian: sudo apt-get install chromium), or name a Chromium or Chrome with CHROME_PATH=/path/to/it.]`,
    );
  });

  const mayInstall = process.getuid?.() === 0 && existsSync("/etc/debian_version");
  it.runIf(mayInstall)("installs Debian's as root, with fresh package lists where the old ones do not do", async () => {
    const calls = path.join(dir, "calls");
    const install = `printf '#!/bin/sh\\n${chromium}\\n' > ${dir}/chromium; /bin/chmod 755 ${dir}/chromium`;
    await program(
      "apt-get",
      `echo "$*" >> ${calls}
case "$*" in
  *update*) > ${dir}/lists ;;
  *) [ -e ${dir}/lists ] || { echo "E: Unable to locate package chromium" >&2; exit 100; }; ${install} ;;
esac`,
    );
    expect(await ensure()).toEqual({ path: path.join(dir, "chromium"), version: "Chromium 156.0" });
    const actions = (await readFile(calls, "utf8")).match(/\b(install|update)(?= |$)/gm);
    expect(actions).toEqual(["install", "update", "install"]);
  });

  it.runIf(mayInstall)("repeats why apt-get failed", async () => {
    await program("apt-get", "echo 'E: No space left on device' >&2; exit 100");
    await expect(ensure()).rejects.toThrow(
      /apt-get could not install chromium: E: No space left on device\. Install it/,
    );
  });
});
