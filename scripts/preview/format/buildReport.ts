import { errorCodes } from "../../../infra/errorCodes.ts";
import { count, shorten } from "../../../infra/util/text.ts";
import { groupMessages, type Message } from "../read/messages.ts";
import type { StackChanges } from "../read/stackChanges.ts";
import { effectWords, formatRows, migrationItems, reviewItems } from "./migrationItems.ts";
import { orchestraItems } from "./orchestraItems.ts";
import { costItems, dnsItems, otherItems, poolItems } from "./otherItems.ts";
import { cut, cutText, type Inline, type Item, list, type Report, type SizeBudget } from "./richText.ts";

/** Turns the changes of a stack into rich text, for readers who have never seen Pulumi. */
export function buildReport(changes: StackChanges, size: SizeBudget): Report {
  const { stack } = changes;
  const refusals = [
    ...changes.refusals,
    ...violations(changes, true),
    ...dangers(changes, true),
    ...problems(changes, true),
  ];
  const warnings = [
    ...problems(changes, false),
    ...dangers(changes, false),
    ...changes.warnings,
    ...violations(changes, false),
  ];
  const verdict =
    refusals.length > 0
      ? "refused"
      : changes.verdict === "nothing"
        ? "nothing"
        : warnings.length > 0
          ? "warned"
          : "changes";
  // Both alerts fit into the first fifteen lines of a comment, which a reader sees without scrolling.
  const [refused, warned] = refusals.length > 0 && warnings.length > 0 ? [4, 3] : [8, 8];
  const alerts: Report["alerts"] = [
    {
      kind: "refused",
      items: alertLines(refusals, refused, size),
      inFull: { title: "Why it is refused", items: messageItems(refusals, { said: refused, open: true, size }) },
    },
    {
      kind: "warned",
      items: alertLines(warnings, warned, size),
      inFull: { title: "Warnings in full", items: messageItems(warnings, { said: warned, open: false, size }) },
    },
  ];
  return {
    stack,
    verdict,
    headline: headline(verdict, refusals.length, warnings.length),
    counts: countChanges(changes),
    alerts: alerts.filter(({ items }) => items.length > 0),
    sections: [
      { title: "Orchestras", items: orchestraItems(changes, size) },
      { title: "Migrations: changes of the databases' structure", items: migrationItems(changes, size) },
      { title: "New migrations, run on generated rows", items: reviewItems(changes, size) },
      { title: "Pool: databases created in advance", items: poolItems(changes) },
      { title: "DNS records at Cloudflare", items: dnsItems(changes, size) },
      { title: "Monthly cost", items: costItems(changes) },
      { title: "Other changes", items: otherItems(changes, size) },
      { title: "Notes", items: messageItems(changes.notes, { said: 0, open: false, size }) },
    ].filter(({ items }) => items.length > 0),
    basis: [
      "Compared with the state that the last run left. This preview did not look for manual changes in Supabase, Cloudflare and the databases: ",
      { code: `./stagesub drift --stack ${stack}` },
    ],
    closing: ["This preview changed nothing. The same on a terminal: ", { code: `./stagesub plan --stack ${stack}` }],
  };
}

function headline(verdict: Report["verdict"], refusals: number, warnings: number): string {
  switch (verdict) {
    case "refused":
      return `refused: ${count(refusals, "problem")} to fix first`;
    case "warned":
      return `can be applied; ${count(warnings, "warning")} to read first`;
    case "changes":
      return "can be applied";
    case "nothing":
      return warnings > 0 ? `nothing changes; ${count(warnings, "warning")}` : "nothing changes";
  }
}

function countChanges(changes: StackChanges): Inline[][] {
  const { orchestras, migrations, pool, dns, cost, rotations, mainDatabase, verdict } = changes;
  const kinds = ["added", "changed", "suspended", "opened", "retired", "resumed", "released", "deleted"] as const;
  const parts: (Inline | false)[] = kinds.map((kind) => {
    const number = orchestras.filter((one) => one.kind === kind).length;
    return number > 0 && { strong: `${count(number, "orchestra")} ${kind}` };
  });
  const files = migrations.length + mainDatabase.migrations.length;
  const ways = [...new Set(dns.map(({ kind }) => kind))];
  const touched = new Set([
    ...orchestras.map(({ id }) => id),
    ...migrations.flatMap((one) => one.orchestras),
    ...rotations,
  ]);
  for (const { id, kind } of orchestras) if (kind === "deleted") touched.delete(id);
  const untouched = changes.declared - touched.size;
  parts.push(
    files > 0 && { strong: `${count(files, "migration")} pending` },
    pool !== undefined && `pool ${pool.before} → ${pool.after}`,
    rotations.length > 0 && `new passwords for ${count(rotations.length, "database")}`,
    dns.length > 0 && `${count(dns.length, "DNS record")} ${ways.length === 1 ? ways[0]! : "changed"}`,
    cost !== undefined && verdict !== "nothing" && verdict !== "failed" && formatCost(cost),
    verdict !== "failed" && untouched > 0 && `${count(untouched, "orchestra")} untouched`,
  );
  return parts.filter((part) => part !== false).map((part) => [part]);
}

function formatCost({ before, after }: NonNullable<StackChanges["cost"]>): string {
  if (before === after) return `cost stays at $${after} a month`;
  return `cost ${before === null ? "" : `$${before} → `}$${after} a month`;
}

function violations(changes: StackChanges, mandatory: boolean): Message[] {
  const own = changes.violations.filter((violation) => violation.mandatory === mandatory);
  const messages = own.map(({ policy, message, resource }) => {
    // Its first line states the rule in general, the others the violation.
    const [rule, ...wrong] = message.split("\n");
    const where = resource === undefined ? "" : `${resource}: `;
    const text = `${where}${wrong.join(" ").trim() || rule} (rule ${policy}, docs/policy.md)`;
    return { text, values: resource === undefined ? [] : [resource.replace(/^\S+ /, "")] };
  });
  return groupMessages(messages);
}

function problems({ review }: StackChanges, isRefused: boolean): Message[] {
  return (review?.problems ?? [])
    .filter(({ accepted }) => (accepted === undefined) === isRefused)
    .map(({ file, line, says, instead, accepted }) => ({
      text: `${file}${line === undefined ? "" : `:${line}`}: ${says} ${accepted === undefined ? instead : `Accepted in the file: ${accepted}`}`,
      alsoFor: [],
    }));
}

function dangers({ migrations, mainDatabase }: StackChanges, isRefused: boolean): Message[] {
  return [...migrations, ...mainDatabase.migrations]
    .flatMap((migration) => migration.dangers)
    .filter(({ refused }) => refused === isRefused)
    .map(({ file, line, effect, rule, refused, says, instead, accepted, rows }) => {
      const remedy = accepted === undefined ? `Instead: ${instead}` : `Accepted in the file: ${accepted}`;
      const way = refused ? ` To run it anyway, write above it: -- accept: ${rule}: <reason>` : "";
      const text = `${file}, line ${line} ${effectWords[effect]}: ${says}${rows ? formatRows(rows) : ""} ${remedy}${way}`;
      return { text, alsoFor: [] };
    });
}

function alertLines(messages: readonly Message[], lines: number, size: SizeBudget): Inline[][] {
  const all = messages.map((message) => firstLine(message, size));
  return cut(all, { names: lines - 1 }, (left) => [`… and ${left} more, below`]);
}

function firstLine({ text, alsoFor, code }: Message, size: SizeBudget): Inline[] {
  const [first = ""] = text.split("\n", 1);
  const names = list(alsoFor, { names: Math.min(size.names, 6) });
  const mark = code !== undefined && Object.hasOwn(errorCodes, code) ? [` [${code}]`] : [];
  return [shorten(first, 400), ...mark, ...(alsoFor.length === 0 ? [] : [" The same for ", ...names, "."])];
}

interface MessageOptions {
  /** The number of messages that an alert has room for. */
  said: number;
  /** Whether long messages are unfolded. */
  open: boolean;
  size: SizeBudget;
}

/** Lists messages in full; returns nothing if an alert has already said everything. */
function messageItems(messages: readonly Message[], { said, open, size }: MessageOptions): Item[] {
  const isLong = ({ text, alsoFor }: Message) => text.includes("\n") || text.length > 400 || alsoFor.length > 6;
  if (messages.length <= said && !messages.some(isLong)) return [];
  const items = messages.map((message): Item => {
    const line = firstLine(message, size);
    if (!isLong(message)) return { line };
    const { text, alsoFor } = message;
    const [first = "", ...rest] = text.split("\n");
    const names = alsoFor.slice(0, size.names * 4).join(", ");
    const others = alsoFor.length > 6 ? [`The same for ${names}${alsoFor.length > size.names * 4 ? " …" : ""}.`] : [];
    const more = [...(first.length > 400 ? [first] : []), ...rest, ...others].join("\n");
    return { line, details: [{ open, summary: ["More"], block: { language: "text", text: cutText(more, size) } }] };
  });
  return cut(items, size, (left) => ({ line: [`… and ${left} more`] }));
}
