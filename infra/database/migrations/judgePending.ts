import type { Migration } from "./readMigrations.ts";
import type { SqlDanger } from "./rules/findDangers.ts";

/**
 * Judges the SQL of migrations by the rules (docs/sql-rules.md).
 *
 * @param folders each folder's files in order, and the names of those to judge
 * @returns the refusal in words; undefined if no rule objects
 */
export async function judgePending(
  folders: readonly { path: string; files: readonly Migration[]; judged: readonly string[] }[],
): Promise<string | undefined> {
  const asked = folders.filter(({ judged }) => judged.length > 0);
  if (asked.length === 0) return undefined;
  // PostgreSQL's parser is loaded only now: most runs have nothing to migrate.
  const { findDangers } = await import("./rules/findDangers.ts");
  const refusals = asked.map(async ({ path, files, judged }) => {
    const dangers = await findDangers(files, (file) => judged.includes(file));
    return dangers.filter(({ refused }) => refused).map((danger) => describe(path, danger));
  });
  const refused = (await Promise.all(refusals)).flat();
  if (refused.length === 0) return undefined;
  return [
    "Refusing migrations that may harm databases in use. Nothing was created or changed.",
    ...refused,
    "  Or accept it, with the reason, in a comment right above the statement; docs/sql-rules.md says more.",
  ].join("\n");
}

function describe(folder: string, { file, line, statement, rule, says, instead }: SqlDanger): string {
  return [
    `    ${folder}/${file}:${line}: ${statement}`,
    `      ${says}`,
    `      instead:  ${instead}`,
    `      accept:   -- accept: ${rule}: <reason>`,
  ].join("\n");
}
