import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";

/** The page's inlined style and script, and the policy that lets only these two run and nothing else load. */
export interface Assets {
  style: string;
  script: string;
  policy: string;
}

/** Reads the style sheet and builds the browser's script. */
export function buildAssets(): Assets {
  const style = readFileSync(new URL("report.css", import.meta.url), "utf8");
  const { outputFiles } = buildSync({
    entryPoints: [fileURLToPath(new URL("client/main.ts", import.meta.url))],
    bundle: true,
    write: false,
    minify: true,
    format: "iife",
    target: "es2022",
    logLevel: "silent",
  });
  const script = outputFiles[0]!.text.trim();
  const policy = [
    "default-src 'none'",
    `style-src '${digest(style)}'`,
    `script-src '${digest(script)}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  return { style, script, policy };
}

function digest(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}
