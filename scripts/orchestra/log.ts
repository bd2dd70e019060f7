import { readApiAccess } from "../../infra/cloud/apiAccess.ts";
import { readServerLog, type ServerLogEntry } from "../../infra/cloud/serverLog.ts";
import { type AuditEntry, readAudit } from "../../infra/database/registry/audit.ts";
import { UserError } from "../../infra/errors.ts";
import { type OpenStack, openStack } from "../stack/openStack.ts";
import { printable } from "../cli/reportError.ts";
import { requireProject } from "./open.ts";
import { formatTable } from "../cli/formatTable.ts";
import { parseCount, parseSince } from "../cli/parseOption.ts";
import { print } from "../cli/output.ts";
import { StackCommand, type StackOptions } from "../cli/stackCommand.ts";

interface Options extends StackOptions {
  server?: true;
  since?: Date;
  limit: number;
}

/** Returns `log`: shows the events of the orchestras, with their times and authors. */
export default function logCommand(): StackCommand {
  return new StackCommand("log")
    .description(
      "Shows from the main database what became of the orchestras, the latest first: registered, claimed (from the pool), migrated, renamed, " +
        "status, rotated (same database, another login), moved (another database), updated (contact, set-up date), removed, " +
        "backup, retired (with its last backup), restored (of an orchestra, or of the main database: registry). Entries cannot be changed. " +
        "With --server also what the PostgreSQL server of an orchestra's Supabase project warned of and refused, within a day.",
    )
    .argument("[id]", "an orchestra, also one that is gone; registry for the main database; all of them if left out")
    .option("--server", "and the warnings and errors of its database's server; they may quote rows")
    .option("--since <time>", "from then on: 2026-11-22, 2026-11-22T14:00Z, or 30m, 24h, 7d ago", parseSince)
    .option("--limit <number>", "the latest so many", parseCount(99_999), 50)
    .withOutput()
    .action(async (orchestra: string | undefined, { stack: name, server, since, limit, ...options }: Options) => {
      if (server && orchestra === undefined)
        throw new UserError("command-line", "Expected an orchestra's id with --server, got none.");
      const stack = await openStack(name);
      const [entries, lines] = await Promise.all([
        readAudit(stack.registry, { stack: name, orchestra, since, limit }),
        server ? readLines(stack, orchestra!, { since, limit }) : undefined,
      ]);
      print(options, { stack: name, entries, ...(lines && { server: lines }) }, (width) =>
        entries.length + (lines?.length ?? 0) > 0 ? format(entries, lines, width) : "Nothing has happened.",
      );
    });
}

/** The entries of the server that hosts the orchestra's database. */
async function readLines(stack: OpenStack, id: string, filter: { since?: Date | undefined; limit: number }) {
  const { supabase } = readApiAccess(["supabase"], (key) => stack.values[key], stack.env);
  const lines = await readServerLog(supabase, await requireProject(stack, id), filter);
  return lines.map((line) => ({ ...line, orchestra: id, message: printable(line.message) }));
}

/** Formats both logs as one, the latest first. */
function format(
  entries: readonly AuditEntry[],
  lines: readonly (ServerLogEntry & { orchestra: string })[] = [],
  width: number,
): string {
  const rows = [
    ...entries.map(({ at, orchestra, action, detail, actor }) => [
      at,
      orchestra,
      action,
      formatDetail(["backup", "retired"].includes(action) ? briefly(detail) : detail),
      actor,
    ]),
    ...lines.map(({ at, orchestra, severity, message }) => [at, orchestra, severity, message, "PostgreSQL"]),
  ]
    .sort(([one = ""], [other = ""]) => other.localeCompare(one))
    .map(([at = "", ...cells]) => [at.slice(0, 19).replace("T", " "), ...cells]);
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
