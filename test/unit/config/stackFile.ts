import { standInKey } from "../../../infra/config/schema/keySchema.ts";
import type { Problem } from "../../../infra/config/problem.ts";
import { UserError } from "../../../infra/errors.ts";
import { parseStack, type StackConfig } from "../../../infra/config/parseStack.ts";
import { type RawStack, readStackFile } from "../../../infra/config/readStackFile.ts";

/** A right stack file; each test spoils a line of it. */
export const goodFile = `config:
  stagesub:domain: stagesub.com
  stagesub:app: { target: cname.vercel-dns.com }
  stagesub:cloudflare: { zoneId: 023e105f4ecef8ad9ca31a8372d0c353 }
  stagesub:supabase: { organization: stagesub, region: eu-north-1 }
  stagesub:databaseUrl: { secure: v1:main }
  stagesub:adopted: { gavle: { url: { secure: v1:url }, direct: { secure: v1:direct } } }
  stagesub:pool: { spares: 2, max: 20, retired: [2] }
  stagesub:rollout: { canary: [malmo] }
  stagesub:orchestras:
    malmo:
      name: Malmö Symfoniorkester
      contact: { name: Orkesterkontoret, email: kontoret@example.se }
      since: "2026-11-22"
      database: pool-3
    gavle:
      name: Gävle Symfoniorkester
      contact: { name: Åsa Berg, email: asa@example.se }
      since: "2026-11-22"
      database: adopted
    orebro:
      name: Svenska Kammarorkestern
      contact: { name: Orkesterkontoret, email: orebro@example.se }
      since: "2026-11-22"
`;

/** Returns the good file with pieces replaced; a missing piece fails the test. */
export function spoil(...replacements: [piece: string, by: string][]): string {
  return replacements.reduce((text, [piece, by]) => {
    if (!text.includes(piece)) throw new Error(`The good file holds no ${JSON.stringify(piece)}`);
    return text.replace(piece, () => by);
  }, goodFile);
}

/** Reads the file as the engine gives it to a program, with a key; `decrypted` replaces values that the file only holds encrypted. */
export function read(text: string, decrypted: Record<string, string> = {}): RawStack {
  const raw = readStackFile("production", { path: "stacks/Pulumi.production.yaml", text });
  const values = { "stagesub:key": standInKey, ...raw.values, ...decrypted };
  return { ...raw, values, secretKeys: [...raw.secretKeys, "stagesub:key"] };
}

export function parse(text: string, decrypted?: Record<string, string>): StackConfig {
  return parseStack(read(text, decrypted), {});
}

interface Refusal {
  message: string;
  problems: readonly Problem[];
}

/** Returns the error with which a stack is refused. */
export function refusalOf(attempt: () => unknown): Refusal {
  try {
    attempt();
  } catch (error) {
    if (UserError.is(error, "stack-file")) return { message: error.message, problems: error.fields.problems! };
    throw error;
  }
  throw new Error("The stack file was accepted");
}

/** Returns the refusal of the good file with those pieces replaced, without the heading. */
export function messageFor(...replacements: [piece: string, by: string][]): string {
  return bodyOf(refusalOf(() => parse(spoil(...replacements))));
}

/** Returns the problems of the good file when a piece of it is replaced by each of these texts in turn. */
export function problemsFor(piece: string, ...texts: string[]): string {
  return summarize(...texts.map((text) => refusalOf(() => parse(spoil([piece, text])))));
}

/** Writes problems in short: place and expectation once, then a line for each value, with the reason and the remedy. */
export function summarize(...refusals: Refusal[]): string {
  const problems = refusals.flatMap(({ problems }) => problems);
  const heads = problems.map(({ path, at, expected }) => `${path} (${at?.line}:${at?.column}): expected ${expected}`);
  return problems
    .flatMap(({ got, why, remedy }, index) => [
      ...(heads[index] === heads[index - 1] ? [] : [heads[index]!]),
      `  ${got} | ${why ?? "–"} | ${remedy}`,
    ])
    .join("\n");
}

export function bodyOf(error: Refusal): string {
  return error.message.slice(error.message.indexOf("\n\n") + 2);
}

/** Returns the decrypted values of `stagesub:adopted`. */
export function adopted(entries: Record<string, { url: string; direct: string }>): Record<string, string> {
  return { "stagesub:adopted": JSON.stringify(entries) };
}
