import { errorCodes } from "../../infra/errorCodes.ts";
import { shorten } from "../../infra/util/text.ts";
import { count } from "../../infra/plan/count.ts";
import { describeMigrations, describeReview, describeRows, effectWords } from "./describeMigrations.ts";
import { describeOrchestras } from "./describeOrchestras.ts";
import { describeCost, describeDns, describePool, describeRest } from "./describeRest.ts";
import { groupMessages, type Message } from "./groupMessages.ts";
import type { StackChanges } from "./stackChanges.ts";
import { cut, cutText, type Item, list, type Report, type Room, type Section, type Words } from "./words.ts";

/** Alerts are for the first look: as many lines as fit in there. */
const alertLines = 8;

/** Puts a preview's meaning into words, for people who have never seen Pulumi. */
export function describeChanges(changes: StackChanges, room: Room): Report {
  const refusals = [
    ...changes.refusals,
    ...describeViolations(changes, true),
    ...describeDangers(changes, true),
    ...describeProblems(changes, true),
  ];
  const warnings = [
    ...describeProblems(changes, false),
    ...describeDangers(changes, false),
    ...changes.warnings,
    ...describeViolations(changes, false),
  ];
  const verdict =
    refusals.length > 0
      ? "refused"
      : changes.verdict === "nothing"
        ? "nothing"
        : warnings.length > 0
          ? "warned"
          : "changes";
  const lines = alertLines - (refusals.length > 0 && warnings.length > 0 ? 3 : 0);
  const refusedLines = Math.min(refusals.length, Math.max(1, lines - Math.min(warnings.length, 3)));
  const alerts: Report["alerts"] = [
    { kind: "refused", items: firstLines(refusals, refusedLines, room) },
    { kind: "warned", items: firstLines(warnings, Math.max(1, lines - refusedLines), room) },
  ];
  return {
    stack: changes.stack,
    verdict,
    headline: headline(verdict, refusals.length, warnings.length),
    counts: describeCounts(changes),
    alerts: alerts.filter(({ items }) => items.length > 0),
    sections: [
      describeMessages("Why it is refused", refusals, room, "open"),
      describeMessages("Warnings in full", warnings, room),
      describeOrchestras(changes, room),
      describeMigrations(changes, room),
      describeReview(changes, room),
      describePool(changes),
      describeDns(changes, room),
      describeCost(changes),
      describeRest(changes, room),
      describeMessages("Notes", changes.notes, room, "always"),
    ].filter(({ items }) => items.length > 0),
    basis: [
      "Compared with what the last run left. Supabase, Cloudflare and the databases were not looked at for changes by hand: ",
      { code: `npm run drift -- --stack ${changes.stack}` },
    ],
    closing: [
      "Nothing was changed for this. The same on a terminal: ",
      { code: `npm run plan -- --stack ${changes.stack}` },
    ],
  };
}

function headline(verdict: Report["verdict"], refusals: number, warnings: number): string {
  switch (verdict) {
    case "refused":
      return `refused: ${count(refusals, "thing")} to mend first`;
    case "warned":
      return `can be applied; ${count(warnings, "warning")} to read first`;
    case "changes":
      return "can be applied";
    case "nothing":
      return warnings > 0 ? `nothing changes; ${count(warnings, "warning")}` : "nothing changes";
  }
}

function describeCounts(changes: StackChanges): Words[] {
  const { orchestras, migrations, pool, dns, cost, rotations, mainDatabase } = changes;
  const kinds = ["added", "changed", "suspended", "opened", "retired", "resumed", "released", "deleted"] as const;
  const words: Words[] = kinds.flatMap((kind): Words[] => {
    const number = orchestras.filter((one) => one.kind === kind).length;
    return number === 0 ? [] : [[{ strong: `${count(number, "orchestra")} ${kind}` }]];
  });
  const files = migrations.length + mainDatabase.migrations.length;
  if (files > 0) words.push([{ strong: `${count(files, "migration")} pending` }]);
  if (pool)
    words.push([pool.before === pool.after ? `pool stays at ${pool.after}` : `pool ${pool.before} → ${pool.after}`]);
  if (rotations.length > 0) words.push([`passwords of ${count(rotations.length, "database")} made anew`]);
  const ways = [...new Set(dns.map(({ kind }) => kind))];
  if (dns.length > 0)
    words.push([`${count(dns.length, "address", "addresses")} ${ways.length === 1 ? ways[0]! : "changed"}`]);
  if (cost && changes.verdict !== "nothing" && changes.verdict !== "failed") words.push([formatCost(cost)]);
  const touched = new Set([
    ...orchestras.map(({ id }) => id),
    ...migrations.flatMap((one) => one.orchestras),
    ...rotations,
  ]);
  const left =
    changes.declared -
    [...touched].filter((id) => !orchestras.some((one) => one.id === id && one.kind === "deleted")).length;
  if (changes.verdict !== "failed" && left > 0) words.push([`${count(left, "orchestra")} untouched`]);
  return words;
}

function formatCost({ before, after }: NonNullable<StackChanges["cost"]>): string {
  if (before === after) return `cost stays at $${after} a month`;
  return `cost ${before === null ? "" : `$${before} → `}$${after} a month`;
}

function describeViolations({ violations }: StackChanges, mandatory: boolean): Message[] {
  const told = violations.filter((violation) => violation.mandatory === mandatory);
  const messages = told.map(({ policy, message, resource }) => {
    // The rule in general, then what is wrong here.
    const [rule, ...wrong] = message.split("\n");
    const subject = resource === undefined ? "" : `${resource}: `;
    const text = `${subject}${wrong.join(" ").trim() || rule} (rule ${policy}, docs/policy.md)`;
    return { text, values: resource === undefined ? [] : [resource.replace(/^\S+ /, "")] };
  });
  return groupMessages(messages);
}

function describeProblems({ review }: StackChanges, refused: boolean): Message[] {
  const problems = review?.problems ?? [];
  return problems
    .filter(({ accepted }) => (accepted === undefined) === refused)
    .map(({ file, line, says, instead, accepted }) => ({
      text: `${file}${line === undefined ? "" : `:${line}`}: ${says} ${accepted === undefined ? instead : `Accepted in the file: ${accepted}`}`,
      alsoFor: [],
    }));
}

function describeDangers({ migrations, mainDatabase }: StackChanges, refused: boolean): Message[] {
  const dangers = [...migrations, ...mainDatabase.migrations].flatMap((one) => one.dangers);
  return dangers
    .filter((danger) => danger.refused === refused)
    .map(({ file, line, effect, says, accepted, rows }) => ({
      text: `${file}, line ${line} ${effectWords[effect]}: ${says}${rows ? describeRows(rows) : ""}${accepted === undefined ? "" : ` Accepted in the file: ${accepted}`}`,
      alsoFor: [],
    }));
}

function firstLines(messages: readonly Message[], lines: number, room: Room): Words[] {
  const few = { ...room, names: Math.min(lines, 12) - 1 };
  return cut(
    messages.map((message) => firstLine(message, room)),
    few,
    (left): Words => [`… and ${left} more, below`],
  );
}

function firstLine({ text, alsoFor, code }: Message, room: Room): Words {
  const [first = ""] = text.split("\n", 1);
  const also: Words =
    alsoFor.length === 0 ? [] : [" The same for ", ...list(alsoFor, { ...room, names: Math.min(room.names, 6) }), "."];
  const mark = code !== undefined && Object.hasOwn(errorCodes, code) ? [` [${code}]`] : [];
  return [shorten(first, 400), ...mark, ...also];
}

/** Lists the messages that an alert had no room for; empty if the alert said everything. */
function describeMessages(title: string, messages: readonly Message[], room: Room, how?: "open" | "always"): Section {
  const isLong = ({ text, alsoFor }: Message) => text.includes("\n") || text.length > 400 || alsoFor.length > 6;
  const isAllSaid = how !== "always" && messages.length <= alertLines - 3 && !messages.some(isLong);
  const items = isAllSaid
    ? []
    : messages.map((message): Item => {
        const words = firstLine(message, room);
        if (!isLong(message)) return { words };
        const text =
          message.alsoFor.length === 0
            ? message.text
            : `${message.text}\nThe same for ${message.alsoFor.slice(0, room.names * 4).join(", ")}${message.alsoFor.length > room.names * 4 ? " …" : ""}.`;
        return {
          words,
          folded: [
            { open: how === "open", summary: ["In full"], text: { language: "text", text: cutText(text, room) } },
          ],
        };
      });
  return { title, items: cut(items, room, (left) => ({ words: [`… and ${left} more`] })) };
}
