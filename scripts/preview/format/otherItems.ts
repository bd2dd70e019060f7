import { count } from "../../../infra/util/text.ts";
import { prices } from "../read/readCost.ts";
import type { DnsChange } from "../read/readDns.ts";
import type { StackChanges } from "../read/stackChanges.ts";
import { cut, groupBy, type Inline, type Item, list, type SizeBudget } from "./richText.ts";

/** Explains how the pool grows or shrinks, and why. */
export function poolItems({ pool }: StackChanges): Item[] {
  if (!pool) return [];
  const { before, after, made, deleted, claimed, state } = pool;
  const size =
    before === after ? `Stays at ${count(after, "database")}.` : `From ${before} to ${count(after, "database")}.`;
  const claims = claimed
    .slice(0, 20)
    .flatMap(({ name, orchestra }): Inline[] => [" ", { code: orchestra }, " claims ", { code: name }, "."]);
  const name = (verb: string, names: string[]): Inline[] =>
    names.length === 0 ? [] : [` ${verb}: `, ...list(names, { names: 20 }), "."];
  const retired = state.retired === 0 ? "" : `, ${state.retired} retired`;
  const afterwards = ` Afterwards ${state.claimed} claimed, ${state.free} free${retired}.`;
  return [{ line: [{ strong: size }, ...claims, ...name("Created", made), ...name("Deleted", deleted), afterwards] }];
}

/** Lists the changes of the orchestras' DNS names. */
export function dnsItems({ dns }: StackChanges, size: SizeBudget): Item[] {
  const groups = groupBy(dns, ({ kind, properties, target }) => JSON.stringify([kind, properties, target]));
  return groups.flatMap((members): Item[] => {
    const { kind, properties, target } = members[0]!;
    const what: Inline[] = [
      properties.length === 0 ? kind : `${kind} (${properties.join(", ")})`,
      ...(target === undefined || kind === "changed" ? [] : [", points to ", { code: target }]),
    ];
    const nameOf = ({ host, orchestra }: DnsChange) => host ?? orchestra;
    if (members.length > Math.min(5, size.names))
      return [
        { line: [{ strong: count(members.length, "record") }, " ", ...what, ": ", ...list(members.map(nameOf), size)] },
      ];
    return members.map((one) => ({
      line: [{ code: nameOf(one) }, " is ", ...what, ...(one.from === undefined ? [] : [", was ", { code: one.from }])],
    }));
  });
}

/** Compares the monthly cost before and after. */
export function costItems({ cost, verdict }: StackChanges): Item[] {
  if (!cost || verdict === "failed" || cost.before === cost.after) return [];
  const { before, after, projects, size } = cost;
  const change = before === null ? "" : ` (${after > before ? "+" : "−"}$${Math.abs(after - before)})`;
  const counted = `${projects.before === projects.after ? "" : `${projects.before} → `}${count(projects.after, "Supabase project")}`;
  const sized =
    size.before === size.after
      ? `of size ${size.after}`
      : `from size ${size.before ?? "(unknown here)"} to ${size.after}`;
  const each = prices.compute[size.after as keyof typeof prices.compute];
  const { plan, disk } = prices;
  return [
    { line: [{ strong: `$${before ?? "?"} → $${after}` }, `${change}: ${counted} ${sized} at $${each}.`] },
    {
      line: [
        `These figures leave out the organization's plan (${plan.name}, $${plan.fee}, which covers $${plan.computeCredit} of compute), disk above ` +
          `${disk.included} GB a project ($${disk.each} a GB), traffic, add-ons, adopted databases and Cloudflare. Prices in USD as of ${prices.asOf}: `,
        { link: prices.source, text: "Supabase's list" },
        ".",
      ],
    },
  ];
}

/** Lists every change that no other section covers, so that no change is left out. */
export function otherItems(changes: StackChanges, size: SizeBudget): Item[] {
  const { mainDatabase, rotations, texts, repairs, other, counts, verdict } = changes;
  const items: Item[] = [];
  if (mainDatabase.made)
    items.push({ line: ["The main database is set up: the table in which the app finds orchestras, and the log."] });
  if (rotations.length > 0)
    items.push({ line: ["New database passwords, without an interruption for the app: ", ...list(rotations, size)] });
  if (texts.length > 0)
    items.push({
      line: [
        `E-mail texts or settings differ; missing ones are added for ${count(texts.length, "orchestra")}: `,
        ...list(texts, size),
      ],
    });
  if (repairs.length > 0)
    items.push({
      line: [
        "Manual changes are repaired where they concern objects of this program (",
        { code: "./stagesub drift" },
        " lists them): ",
        ...list(repairs, size),
      ],
    });
  const others = other.map(({ op, kind, properties, names }): Item => ({
    line: [`${op} ${kind}${properties.length === 0 ? "" : ` (${properties.join(", ")})`}: `, ...list(names, size)],
  }));
  items.push(...cut(others, size, (left) => ({ line: [`… and ${left} more`] })));
  const all = Object.entries(counts).map(([op, number]) =>
    op === "same" ? `${number} unchanged` : `${number} to ${op}`,
  );
  if (all.length > 0 && verdict !== "failed")
    items.push({ line: [`Pulumi's count of resources: ${all.sort().join(", ")}.`] });
  return items;
}
