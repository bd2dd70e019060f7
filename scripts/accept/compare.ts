import { readFile, writeFile } from "node:fs/promises";

import { format } from "prettier";

import type { Answer, Recording } from "./recorder.ts";
import type { Shape } from "./shape.ts";
import { ensureToolchain } from "../../local/toolchain/ensureToolchain.ts";

/** One thing that the real API and the local cloud do not do alike. */
export interface Difference {
  request: string;
  what: string;
  local: string;
  here: string;
}

const none = "–";

/** Compares a recording with that of the local cloud. Pure. A field below one that is missing is not told again. */
export function findDifferences(local: Recording, here: Recording): Difference[] {
  const names = [...new Set([...Object.keys(local), ...Object.keys(here)])].sort();
  return names.flatMap((request) => {
    const [before, after] = [local[request], here[request]];
    if (!before || !after)
      return [{ request, what: "the request", local: before ? "made" : none, here: after ? "made" : none }];
    const of = (what: string, [a, b]: [string[], string[]]): Difference[] =>
      a.join() === b.join() ? [] : [{ request, what, local: a.join(", ") || none, here: b.join(", ") || none }];
    const statuses = [...new Set([...Object.keys(before.answers), ...Object.keys(after.answers)])].sort();
    return [
      ...compareShapes(before.request, after.request).flatMap(([path, types]) => of(`sent${path}`, types)),
      ...statuses.flatMap((status) => {
        const [a, b] = [before.answers[status], after.answers[status]];
        if (!a || !b) return [{ request, what: status, local: summarize(a), here: summarize(b) }];
        return [
          ...of(`${status}, headers`, only(a.headers, b.headers)),
          ...of(`${status}, wording`, only(a.errors, b.errors)),
          ...compareShapes(a.body, b.body).flatMap(([path, types]) => of(`${status} ${path || "body"}`, types)),
        ];
      }),
    ];
  });
}

/** Formats the differences as Markdown, to be pasted into an issue. */
export function formatDifferences(differences: readonly Difference[]): string {
  const cell = (text: string) => text.replaceAll("|", "\\|");
  const rows = differences.map(
    ({ request, what, local, here }) => `| \`${request}\` | ${cell(what)} | ${cell(local)} | ${cell(here)} |`,
  );
  return ["| request | what | local cloud | here |", "| --- | --- | --- | --- |", ...rows].join("\n");
}

function summarize(answer: Answer | undefined): string {
  return answer ? answer.errors.join("; ") || "given" : none;
}

function compareShapes(local: Shape, here: Shape): [path: string, types: [string[], string[]]][] {
  const paths = [...new Set([...Object.keys(local), ...Object.keys(here)])].sort();
  const told = paths.filter((path) => {
    const parent = path.replace(/(\[\]|\.[^.[]*)$/, "");
    return path === parent || (parent in local && parent in here);
  });
  return told.map((path) => [path, typesThatDiffer(local[path] ?? [], here[path] ?? [])]);
}

/** A word that was not said this time, such as a status that passed unseen, is no difference; one that the local cloud never says is. */
function typesThatDiffer(local: string[], here: string[]): [string[], string[]] {
  const isWord = (type: string) => type.startsWith('"');
  const known = local.filter((type) => !isWord(type) || here.includes(type) || !here.some(isWord));
  return only(known, here);
}

/** Returns each side's elements that the other lacks. */
function only(local: string[], here: string[]): [string[], string[]] {
  const without = (all: string[], others: string[]) => all.filter((one) => !others.includes(one)).sort();
  return [without(local, here), without(here, local)];
}

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
