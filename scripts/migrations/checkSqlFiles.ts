import path from "node:path";

import { findDangers, type SqlFile } from "../../infra/database/migrations/rules/findDangers.ts";
import { readMigrations } from "../../infra/database/migrations/readMigrations.ts";
import { readSections } from "../../infra/database/migrations/sections.ts";
import { sources } from "../../infra/database/sources.ts";
import { readTextFile } from "../../infra/util/readTextFile.ts";

/** A statement or a file that a rule refuses or warns of. */
export interface RuleHit {
  /** As given on the command line. */
  file: string;
  line: number;
  rule: string;
  refused: boolean;
  message: string;
}

/**
 * Checks SQL files by the rules, without a database. A file of a folder of migrations comes after those before it; any other comes after all
 * of migrations/orchestra and after the files given before it.
 */
export async function checkSqlFiles(files: readonly string[]): Promise<RuleHit[]> {
  const hits: RuleHit[] = [];
  const read: SqlFile[] = [];
  const refuse = (file: string, line: number, rule: string, reason: string) =>
    hits.push({ file, line, rule, refused: true, message: `${reason}.` });
  for (const file of files) {
    const content = readTextFile(file);
    if ("reason" in content) {
      refuse(file, content.line, "unreadable", content.reason);
      continue;
    }
    const { up, upLine, problems } = readSections(content.text);
    for (const { line, reason } of problems) refuse(file, line, "section-mark", reason);
    read.push({ file, up, upLine });
  }
  const before = readBefore(read[0]?.file ?? "");
  const given = new Set(read.map(({ file }) => file));
  for (const danger of await findDangers([...before, ...read], (file) => given.has(file))) {
    const { file, line, rule, refused, says, instead, accepted } = danger;
    const message = accepted === undefined ? `${says} ${instead}` : `${says} The file accepts it: ${accepted}`;
    hits.push({ file, line, rule, refused, message });
  }
  return hits;
}

export function formatRuleHits(hits: readonly RuleHit[]): string {
  if (hits.length === 0) return "No rule objects to these files.";
  const lines = hits.map(
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
