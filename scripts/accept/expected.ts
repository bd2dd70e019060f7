import { readFile, writeFile } from "node:fs/promises";
import { format } from "prettier";

import { ensureToolchain } from "../../local/toolchain/ensureToolchain.ts";
import type { Recording } from "./recorder.ts";

/** The local cloud's answers in a run, committed: `./stagesub accept --stack local --yes --write-expected` makes it. */
const file = new URL("expected.json", import.meta.url);

export async function readExpected(): Promise<Recording> {
  return JSON.parse(await readFile(file, "utf8")) as Recording;
}

export async function writeExpected(recording: Recording): Promise<void> {
  await writeFile(file, await format(JSON.stringify(sort(recording)), { parser: "json", printWidth: 120 }));
}

/** Names the tools that made the requests. */
export async function describeTools(): Promise<string> {
  const { version, providers, plugins } = await ensureToolchain({ log: () => undefined });
  const date = new Date().toISOString().slice(0, 10);
  const names = plugins.map((plugin) => `${plugin.provider} ${(plugin.parameter ?? plugin).version}`).join(", ");
  return `${date}, Pulumi ${version}, ${providers} providers: ${names}`;
}

function sort(value: unknown): unknown {
  if (Array.isArray(value)) return value.every((one) => typeof one === "string") ? [...value].sort() : value.map(sort);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, field]) => [key, sort(field)]));
}
