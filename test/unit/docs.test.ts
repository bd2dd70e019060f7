import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

import { describe, expect, it } from "vitest";

import { commands } from "../../scripts/commands.ts";
import { root } from "../support/checkout.ts";

const read = (page: string) => readFileSync(path.join(root, page), "utf8");
const pages = execFileSync("git", ["ls-files", "*.md"], { cwd: root, encoding: "utf8" })
  .split("\n")
  .filter((page) => page !== "" && existsSync(path.join(root, page)) && !page.startsWith("examples/"));

/** Returns the anchors that GitHub gives a page's headings. */
function anchorsOf(page: string): string[] {
  const prose = read(page).replace(/^```[^]*?^```/gm, "");
  return [...prose.matchAll(/^#+ (.+)$/gm)].map(([, title]) =>
    title!
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_ -]/gu, "")
      .replaceAll(" ", "-"),
  );
}

/** It does not prove that a page says what is true: the runbooks of test/faults run those that are marked. */
describe("a page of the docs", () => {
  it.each(pages)("links to pages and headings that exist: %s", (page) => {
    const links = [...read(page).matchAll(/\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)/g)];
    const broken = links.filter(([, file = "", anchor]) => {
      const target = file === "" ? page : path.join(path.dirname(page), file);
      if (!existsSync(path.join(root, target))) return true;
      return anchor !== undefined && !anchorsOf(target).includes(anchor);
    });
    expect(broken.map(([link]) => link)).toEqual([]);
  });

  it.each(pages)("names npm scripts that exist: %s", (page) => {
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
    const named = [...read(page).matchAll(/npm run (?:-s |--silent )?([\w:-]+)/g)].map(([, name]) => name!);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  it("names commands that exist, as messages do", () => {
    const args = [
      "grep",
      "-hoE",
      "\\./stagesub [a-z][a-z-]*",
      "--",
      "*.md",
      "infra",
      "scripts",
      "local",
      "policy",
      "stacks",
    ];
    const text = execFileSync("git", args, { cwd: root }).toString();
    const known = [...Object.values(commands).flatMap((group) => Object.keys(group)), "completion"];
    const named = text.split("\n").flatMap((line) => line.split(" ")[1] ?? []);
    expect(named.length).toBeGreaterThan(100);
    expect(named.filter((name) => !known.includes(name))).toEqual([]);
  });

  it("has secrets written only into files that git ignores", () => {
    const text = pages.map(read).join("\n");
    const files = [...text.matchAll(/--file (\S+)|\b(passwords\/\S+)|\b(report\.html)/g)].map((found) =>
      found.slice(1).find((file) => file !== undefined),
    );
    const named = [...new Set(files), ".env", ".env.local", "docs/.env"].map((file) => file!);
    expect(named).toContain(".env.gavle");
    const ignored = execFileSync("git", ["check-ignore", "--no-index", ...named], { cwd: root, encoding: "utf8" });
    expect(ignored.trim().split("\n").sort()).toEqual(named.sort());
  });

  it("named in a message of the program exists, with its heading", () => {
    const files = execFileSync("git", ["ls-files", "infra", "scripts", "local", "policy", "stacks"], { cwd: root })
      .toString()
      .split("\n")
      .filter((file) => /\.(ts|ya?ml|json)$/.test(file) && existsSync(path.join(root, file)));
    const broken = files.flatMap((file) =>
      [...read(file).matchAll(/\b(docs\/[\w-]+\.md)(?:, “([^”]+)”)?/g)]
        .filter(([, page, title]) => !existsSync(path.join(root, page!)) || !hasHeading(page!, title))
        .map(([found]) => `${file}: ${found}`),
    );
    expect(broken).toEqual([]);
  });
});

function hasHeading(page: string, title: string | undefined): boolean {
  return title === undefined || new RegExp(`^#+ ${title.replace(/[.?()]/g, "\\$&")}$`, "m").test(read(page));
}
