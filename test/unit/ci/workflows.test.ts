import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { ensureActionlint } from "../../support/actionlint/ensureActionlint.ts";
import { readMachine } from "../../../local/toolchain/machine.ts";
import { runProgram } from "../../../infra/util/runProgram.ts";
import { findProblems, isOwn } from "./workflowRules.ts";

const folder = ".github/workflows";
const files = [...readdirSync(folder).map((name) => path.join(folder, name)), "examples/fleet/apply.yml"];
const manifest = JSON.parse(readFileSync("package.json", "utf8")) as {
  scripts: Record<string, string>;
  engines: { node: string };
};
const scripts = Object.keys(manifest.scripts);
const preview = readFileSync(path.join(folder, "preview.yml"), "utf8");

/** Replaces a piece that must exist. */
function breakIt(from: string, to: string, text = preview): string {
  expect(text).toContain(from);
  return text.replace(from, () => to);
}

/** Only GitHub shows what it does with them: no run of theirs is part of this. */
describe("the workflows", () => {
  let actionlint: string;
  let scratch: string;
  beforeAll(async () => {
    actionlint = await ensureActionlint((line) => console.error(line));
    scratch = mkdtempSync(path.join(tmpdir(), "stagesub-workflows-"));
  }, 300_000);
  afterAll(() => rmSync(scratch, { recursive: true }));

  /** Without the linters of scripts that a machine may have or not: our steps are one command each. */
  const lint = (...paths: string[]) =>
    runProgram(actionlint, ["-shellcheck=", "-pyflakes=", "-no-color", ...paths], { env: process.env });

  it("are four and an example, and actionlint finds nothing in them", async () => {
    expect(files.map((file) => path.basename(file))).toEqual([
      "apply.yml",
      "bench.yml",
      "drift.yml",
      "preview.yml",
      "apply.yml",
    ]);
    expect(await lint(...files)).toMatchObject({ code: 0, output: "" });
  });

  it.each([
    [
      "an unknown context",
      "${{ matrix.stack }}-preview",
      "${{ matrix.stak }}-preview",
      /property "stak" is not defined/,
    ],
    [
      "an unknown key",
      "timeout-minutes: 30",
      "timeout-minute: 30",
      /unexpected key "timeout-minute" for "job" section/,
    ],
    [
      "a permission that is none",
      "pull-requests: write",
      "pull-request: write",
      /unknown permission scope "pull-request"/,
    ],
    ["a runner that is none", "ubuntu-24.04", "ubuntu-24.4", /label "ubuntu-24.4" is unknown/],
  ])("are refused by actionlint with %s", async (_what, from, to, said) => {
    const file = path.join(scratch, "broken.yml");
    writeFileSync(file, breakIt(from, to));
    const { code, output } = await lint(file);
    expect(code).toBe(1);
    expect(output).toMatch(said);
  });

  it.each(files)("keep our own rules: %s", (file) => {
    expect(findProblems(readFileSync(file, "utf8"), scripts)).toEqual([]);
  });

  it.each([
    ["pull_request:", "pull_request_target:", "pull_request_target runs with secrets over what strangers wrote"],
    ["permissions: {}", "permissions: read-all", "expected no permissions for all jobs"],
    ["permissions: {}\n", "", "expected no permissions for all jobs"],
    [" # v7.0.1", "", "not pinned by digest with its version: actions/checkout@"],
    [
      "3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1",
      "v7",
      "not pinned by digest with its version: actions/checkout@v7",
    ],
    [
      "contents: read",
      "contents: write",
      'preview: expected the permissions {"contents":"read","pull-requests":"write"}',
    ],
    [`if: ${isOwn}`, "if: always()", "preview: secrets in a run for a fork"],
    [
      "      - run: npm run ci -- rules",
      "      - run: npm run ci -- rules\n        env:\n          X: ${{ secrets.X }}",
      "rules: secrets in a run for a fork",
    ],
    ["persist-credentials: false", "persist-credentials: true", "preview: checkout leaves the token on the disk"],
    ["node-version-file: .node-version", "node-version: 20", "preview: expected Node's version from .node-version"],
    [
      "-- preview --stack ${{ matrix.stack }}",
      "-- preview --stack ${{ github.event.pull_request.title }}",
      "preview: not one command of ours",
    ],
    [
      "- run: npm run ci -- rules",
      "- run: npm run ci -- rules && curl https://example.com",
      "rules: not one command of ours",
    ],
    ["npm run ci -- rules", "npm run cy -- rules", "rules: no such script: cy"],
    ["- run: npm ci\n", "- run: npm ci\n        env:\n          X: y\n", "preview: npm ci runs others' code"],
    ["timeout-minutes: 30\n", "\n", "preview: no timeout-minutes"],
  ])("are refused by our own rules where %j becomes %j", (from, to, problem) => {
    expect(findProblems(breakIt(from, to), scripts)).toContainEqual(expect.stringContaining(problem));
  });

  it("run on a Node that package.json allows", () => {
    const asked = readFileSync(".node-version", "utf8").trim();
    expect(manifest.engines.node).toBe(">=20.19");
    expect(asked).toBe("24");
  });

  it("never cut off an apply, and apply production after staging and its preview, with an approval", () => {
    const apply = readFileSync(path.join(folder, "apply.yml"), "utf8");
    expect(apply).not.toContain("cancel-in-progress: true");
    expect(apply.match(/(needs|environment|group): .*/g)).toEqual([
      "environment: staging",
      "group: apply-staging",
      "needs: staging",
      "environment: production-preview",
      "needs: production-preview",
      "environment: production",
      "group: apply-production",
    ]);
  });

  it("need Go or actionlint, and say so where there is neither", async () => {
    const machine = { ...readMachine(process.env), path: [] };
    await expect(ensureActionlint(() => {}, machine)).rejects.toThrowErrorMatchingInlineSnapshot(
      `[UserError: The workflows are checked by actionlint 1.7.12, and it was not found: install Go (https://go.dev/doc/install), or actionlint (https://github.com/rhysd/actionlint) on PATH.]`,
    );
    expect(await ensureActionlint(() => {}, { ...machine, path: [path.dirname(actionlint)] })).toBe(actionlint);
  });
});
