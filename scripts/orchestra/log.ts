import { Command } from "commander";

import { type AuditEntry, readAudit } from "../../infra/database/registry/audit.ts";
import { openStack } from "../stack/openStack.ts";
import { formatTable } from "../cli/formatTable.ts";
import { parseCount, parseSince } from "../cli/parseOption.ts";
import { jsonOption, type OutputOptions, outputOption, print } from "../cli/output.ts";
import { stackOption } from "../cli/stackOption.ts";

interface Options extends OutputOptions {
  stack: string;
  orchestra?: string;
  since?: Date;
  limit: number;
}

/** Returns `log`: shows the events of the orchestras, with their times and authors. */
export function logCommand(): Command {
  return new Command("log")
    .description(
      "Shows from the main database what became of the orchestras, the latest first: registered, claimed (from the pool), migrated, renamed, " +
        "status, rotated (same database, another login), moved (another database), updated (contact, set-up date), removed, " +
        "backup, retired (with its last backup), restored (of an orchestra, or of the main database: registry). Entries cannot be changed.",
    )
    .addOption(stackOption())
    .option("--orchestra <id>", "of this one only, also of one that is gone; registry for the main database")
    .option("--since <time>", "from then on: 2026-11-22, 2026-11-22T14:00Z, or 30m, 24h, 7d ago", parseSince)
    .option("--limit <number>", "the latest so many", parseCount(99_999), 50)
    .addOption(outputOption())
    .addOption(jsonOption())
    .action(async ({ stack, orchestra, since, limit, ...options }: Options) => {
      const { registry } = await openStack(stack);
      const entries = await readAudit(registry, { stack, orchestra, since, limit });
      print(options, { stack, entries }, (width) =>
        entries.length > 0 ? formatEntries(entries, width) : "Nothing has happened.",
      );
    });
}

function formatEntries(entries: readonly AuditEntry[], width: number): string {
  const rows = entries.map(({ at, orchestra, action, detail, actor }) => [
    at.slice(0, 19).replace("T", " "),
    orchestra,
    action,
    formatDetail(["backup", "retired"].includes(action) ? briefly(detail) : detail),
    actor,
  ]);
  return formatTable(["when (UTC)", "orchestra", "event", "details", "by"], rows, {
    width,
    otherwise: () => rows.map((cells) => cells.join("  ")).join("\n"),
  });
}

/** Drops a backup's details for the table: its file name holds the time, the others are for `up`, and in --json. */
function briefly({ takenAt: _takenAt, database: _database, ...shown }: Record<string, unknown>) {
  return shown;
}

/** `status: {from, to}` becomes "Pending → Active"; of a digest its beginning is enough. */
function formatDetail(detail: Record<string, unknown>): string {
  if ("from" in detail) return formatValue(detail);
  return Object.entries(detail)
    .map(([key, value]) => `${key} ${formatValue(value)}`)
    .join(", ");
}

function formatValue(value: unknown): string {
  if (value === null || typeof value !== "object") return String(value).replace(/^([0-9a-f]{12})[0-9a-f]{52}$/, "$1…");
  if (Array.isArray(value)) return value.join(", ");
  const { from, to } = value as { from?: unknown; to?: unknown };
  return `${String(from)} → ${String(to)}`;
}
