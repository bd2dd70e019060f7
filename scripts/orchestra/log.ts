import Table from "cli-table3";
import { Command, InvalidArgumentError } from "commander";

import { type AuditEntry, readAudit } from "../../infra/database/registry/audit.ts";
import { openStack } from "../stack/openStack.ts";
import { jsonOption, stackOption } from "../cli/stackOption.ts";

interface Options {
  stack: string;
  orchestra?: string;
  since?: Date;
  limit: number;
  json?: true;
}

/** `log`: what became of the orchestras, when and by whose hand. */
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
    .option("--limit <number>", "the latest so many", parseLimit, 50)
    .addOption(jsonOption())
    .action(async ({ stack, orchestra, since, limit, json }: Options) => {
      const { registry } = await openStack(stack);
      const entries = await readAudit(registry, { stack, orchestra, since, limit });
      if (json) console.log(JSON.stringify({ stack, entries }, null, 2));
      else console.log(entries.length > 0 ? formatEntries(entries) : "Nothing has happened.");
    });
}

function formatEntries(entries: readonly AuditEntry[]): string {
  const table = new Table({
    head: ["when (UTC)", "orchestra", "what", "", "by"],
    style: { head: [], border: [], compact: true },
  });
  for (const { at, orchestra, action, detail, actor } of entries)
    table.push([
      at.slice(0, 19).replace("T", " "),
      orchestra,
      action,
      formatDetail(["backup", "retired"].includes(action) ? briefly(detail) : detail),
      actor,
    ]);
  return table.toString();
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

/** Exported for its test. @throws InvalidArgumentError */
export function parseSince(text: string): Date {
  const [, number, unit] = /^(\d{1,4})([mhd])$/.exec(text) ?? [];
  if (number !== undefined)
    return new Date(Date.now() - Number(number) * { m: 60_000, h: 3_600_000, d: 86_400_000 }[unit as "m" | "h" | "d"]);
  const date = new Date(text);
  if (!/^\d{4}-\d{2}-\d{2}(T[\d:.]+(Z|[+-]\d{2}:\d{2})?)?$/.test(text) || Number.isNaN(date.getTime()))
    throw new InvalidArgumentError("Expected a day like 2026-11-22, a time like 2026-11-22T14:00Z, or 30m, 24h, 7d.");
  return date;
}

function parseLimit(text: string): number {
  const limit = Number(text);
  if (!/^\d{1,5}$/.test(text) || limit < 1) throw new InvalidArgumentError("Expected a number from 1 to 99999.");
  return limit;
}
