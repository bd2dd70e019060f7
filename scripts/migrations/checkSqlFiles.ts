import path from "node:path";

import { findDangers, type SqlFile } from "../../infra/database/migrations/rules/findDangers.ts";
import { readSections } from "../../infra/database/migrations/sections.ts";
import { readMigrations } from "../../infra/database/migrations/readMigrations.ts";
import { sources } from "../../infra/database/sources.ts";
import { readTextFile } from "../../infra/util/readTextFile.ts";

/** One finding of the rules: a refusal or a warning. */
export interface RuleHit {
  /** As it was named. */
  file: string;
  line: number;
  rule: string;
  refused: boolean;
  message: string;
}

/**
 * Judges SQL files by the rules, without a database. Files of a folder of migrations come after those before them; any other is judged as
 * if it came after all of migrations/orchestra and after the files named before it.
 */
export async function checkSqlFiles(files: readonly string[]): Promise<RuleHit[]> {
  const findings: RuleHit[] = [];
  const read: SqlFile[] = [];
  for (const file of files) {
    const one = readTextFile(file);
    if ("reason" in one) {
      findings.push({ file, line: one.line, rule: "unreadable", refused: true, message: `${one.reason}.` });
      continue;
    }
    const { up, upLine, problems } = readSections(one.text);
    const refuse = ({ line, reason }: (typeof problems)[number]): RuleHit => ({
      ...{ file, line, rule: "section-mark", refused: true },
      message: `${reason}.`,
    });
    findings.push(...problems.map(refuse));
    read.push({ file, up, upLine });
  }
  const first = read[0] ?? { file: "", up: "", upLine: 1 };
  const before = readBefore(first.file);
  const named = new Set(read.map(({ file }) => file));
  const dangers = await findDangers([...before, ...read], (file) => named.has(file));
  for (const { file, line, rule, refused, says, instead, accepted } of dangers) {
    const message = accepted === undefined ? `${says} ${instead}` : `${says} The file accepts it: ${accepted}`;
    findings.push({ file, line, rule, refused, message });
  }
  return findings;
}

export function formatRuleHits(findings: readonly RuleHit[]): string {
  if (findings.length === 0) return "Nothing stands against these files.";
  const lines = findings.map(
    ({ file, line, rule, refused, message }) =>
      `${file}:${line}: ${rule} (${refused ? "refused" : "warning"}): ${message}`,
  );
  return lines.join("\n");
}

/** Reads the migrations that come before a file: those of its own folder, or all of an orchestra's. */
function readBefore(file: string): SqlFile[] {
  const folder = [sources.orchestraMigrations, sources.registryMigrations].find(
    (one) => path.dirname(path.resolve(file)) === one,
  );
  const migrations = readMigrations(folder ?? sources.orchestraMigrations);
  return folder ? migrations.filter((migration) => migration.file < path.basename(file)) : migrations;
}
