import { count } from "../../infra/plan/count.ts";
import { prices } from "./prices.ts";
import type { DnsChange } from "./readDns.ts";
import type { StackChanges } from "./stackChanges.ts";
import { cut, groupBy, type Item, list, type Room, type Section, type Words } from "./words.ts";

/** Describes how the databases that wait for an orchestra come and go, and why. */
export function describePool({ pool }: StackChanges): Section {
  const title = "Pool: databases made in advance";
  if (!pool) return { title, items: [] };
  const { before, after, made, deleted, claimed, state } = pool;
  const size =
    before === after ? `Stays at ${count(after, "database")}.` : `From ${before} to ${count(after, "database")}.`;
  const why: Words = [
    ...claimed
      .flatMap(({ name, orchestra }): Words => [" ", { code: orchestra }, " takes ", { code: name }, "."])
      .slice(0, 60),
    ...(made.length === 0
      ? []
      : [
          " Made now: ",
          ...list(made, { names: 20, text: 0, files: 0 }),
          `, so that ${state.spare} ${state.spare === 1 ? "waits for the next one" : "wait for the next ones"}.`,
        ]),
    ...(deleted.length === 0 ? [] : [" Deleted: ", ...list(deleted, { names: 20, text: 0, files: 0 }), "."]),
    ` Then ${state.claimed} in use, ${state.spare} waiting${state.retired === 0 ? "" : `, ${state.retired} used up`}.`,
  ];
  return { title, items: [{ words: [{ strong: size }, ...why] }] };
}

/** Describes the changes of the names under which people reach the orchestras. */
export function describeDns({ dns }: StackChanges, room: Room): Section {
  const groups = groupBy(dns, ({ kind, properties, target }) => JSON.stringify([kind, properties, target]));
  const items = groups.flatMap((members): Item[] => {
    if (members.length <= Math.min(5, room.names)) return members.map((one) => ({ words: describeName(one) }));
    const [first] = members;
    const names = list(
      members.map(({ host, orchestra }) => host ?? orchestra),
      room,
    );
    return [
      {
        words: [
          { strong: count(members.length, "name") },
          ` ${first!.kind}${describeProperties(first!)}`,
          ...leads(first!),
          ": ",
          ...names,
        ],
      },
    ];
  });
  return { title: "Addresses (DNS at Cloudflare)", items };
}

function describeName(one: DnsChange): Words {
  const name: Words = [{ code: one.host ?? one.orchestra }];
  const moved: Words = one.from === undefined ? [] : [" from ", { code: one.from }];
  return [...name, ` is ${one.kind}`, ...moved, describeProperties(one), ...leads(one)];
}

function describeProperties({ properties }: DnsChange): string {
  return properties.length === 0 ? "" : ` (${properties.join(", ")})`;
}

function leads({ target, kind }: DnsChange): Words {
  return target === undefined || kind === "changed" ? [] : [", leads to ", { code: target }];
}

/** Describes the monthly cost, before and after. */
export function describeCost({ cost, verdict }: StackChanges): Section {
  const title = "Cost a month";
  if (!cost || verdict === "failed" || cost.before === cost.after) return { title, items: [] };
  const { before, after, projects, size } = cost;
  const change =
    before === null
      ? ""
      : before === after
        ? " (no change)"
        : ` (${after > before ? "+" : "−"}$${Math.abs(after - before)})`;
  const each = prices.compute[size.after as keyof typeof prices.compute];
  const counted =
    projects.before === projects.after
      ? `${count(projects.after, "Supabase project")}`
      : `${projects.before} → ${count(projects.after, "Supabase project")}`;
  const sized =
    size.before === size.after
      ? `of size ${size.after} at $${each}`
      : `from size ${size.before ?? "(not known here)"} to ${size.after} at $${each}`;
  const { plan, disk } = prices;
  return {
    title,
    items: [
      { words: [{ strong: `$${before ?? "?"} → $${after}` }, `${change}: ${counted} ${sized}.`] },
      {
        words: [
          `Once for the whole organization, and not in these figures: the plan (${plan.name}, $${plan.fee}, which covers $${plan.computeCredit} of compute). ` +
            `Not counted: disk above ${disk.included} GB a project ($${disk.each} a GB), traffic, add-ons, adopted databases, Cloudflare. ` +
            `Prices in USD as of ${prices.asOf}: `,
          { link: prices.source, text: "Supabase's list" },
          ".",
        ],
      },
    ],
  };
}

/** Describes every change that no section above covers, so that no change goes without a word. */
export function describeRest(changes: StackChanges, room: Room): Section {
  const { mainDatabase, rotations, texts, repairs, other, counts } = changes;
  const items: Item[] = [];
  const add = (...words: Words) => items.push({ words });
  if (mainDatabase.made)
    add("The main database is set up: the table in which the app looks orchestras up, and the log.");
  if (rotations.length > 0)
    add("New database passwords, without an interruption for the app: ", ...list(rotations, room));
  if (texts.length > 0)
    add(
      `E-mail texts or settings differ; ${count(texts.length, "orchestra")} get what they lack: `,
      ...list(texts, room),
    );
  if (repairs.length > 0)
    add(
      "Changed by hand, and put right as far as it is ours (",
      { code: "npm run drift" },
      " tells what): ",
      ...list(
        repairs.map(({ id, what }) => `${id}: ${what}`),
        room,
      ),
    );
  const others = other.map(({ op, kind, properties, names }): Item => ({
    words: [`${op} ${kind}${properties.length === 0 ? "" : ` (${properties.join(", ")})`}: `, ...list(names, room)],
  }));
  items.push(...cut(others, room, (left) => ({ words: [`… and ${left} more`] })));
  const all = Object.entries(counts).map(([op, number]) =>
    op === "same" ? `${number} unchanged` : `${number} to ${op}`,
  );
  if (all.length > 0 && changes.verdict !== "failed")
    add(`Resources, as Pulumi counts them: ${all.sort().join(", ")}.`);
  return { title: "Besides", items };
}
