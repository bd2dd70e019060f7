import type { DnsRecordFound } from "../cloud/cloudflareApi.ts";
import { commentFor, namesMaker, sameHost } from "../cloud/recordComment.ts";
import type { Plan } from "../plan/planStack.ts";
import { UserError } from "../errors.ts";
import type { Notice } from "../plan/notice.ts";

/** A record that the stack's state holds. */
export interface RecordedRecord {
  /** The id of the orchestra that it was made for. */
  orchestra: string;
  id: string;
  zoneId: string;
  name: string;
}

export interface RecordReconciliation {
  /** By orchestra: the id of an existing record that this stack adopts, to be passed as `import`. */
  adopted: Record<string, string>;
  /** Notes for the reader of a preview about adopted records. */
  notes: Notice[];
  /** Warnings about records that the state holds and the zone does not. */
  warnings: Notice[];
}

type Orchestra = Plan["orchestras"][number];

/**
 * Finds the holder of each name that an orchestra is to have: nobody, the state, a record to adopt, or somebody else. A record is adopted
 * if its comment says that this stack made it for this orchestra, or if it points where ours would and its comment names no maker. A killed
 * run leaves such a record when Cloudflare's answer did not reach the state. Pure.
 *
 * @param orchestras the orchestras that are to have a name
 * @param existing every record of the zone
 * @param recorded the records that the state holds; importing one of them would delete it
 * @throws {UserError} with every name that is somebody else's
 */
export function reconcileRecords(
  { stack, zoneId, app }: Plan,
  orchestras: readonly Orchestra[],
  existing: readonly DnsRecordFound[],
  recorded: readonly RecordedRecord[],
): RecordReconciliation {
  const plan: RecordReconciliation = { adopted: {}, notes: [], warnings: [] };
  const refusals: string[] = [];
  const gone = recorded.filter((own) => own.zoneId === zoneId && !existing.some(({ id }) => id === own.id));
  for (const orchestra of orchestras) {
    const own = recorded.find((record) => record.orchestra === orchestra.id);
    const others = existing.filter((record) => takesName(record, orchestra.host) && record.id !== own?.id);
    const [first] = others;
    if (first === undefined) continue;
    const holder = recorded.find(({ id }) => id === first.id);
    if (!own && !holder && others.length === 1 && isAdoptable(first, orchestra, { stack, target: app.target })) {
      plan.adopted[orchestra.id] = `${zoneId}/${first.id}`;
      const text = `${orchestra.host} exists at Cloudflare already and is adopted, not made: ${describe(first)}.`;
      plan.notes.push({ code: "record-adopted", values: [orchestra.id, first.id], text });
      continue;
    }
    const remedy = holder
      ? `Orchestra ${holder.orchestra} of this stack has it. First give that one another subdomain or take it out, and run this; then give ${orchestra.id} the name.`
      : own && gone.includes(own)
        ? `The record that the state holds for ${orchestra.id} (${own.id}) is gone. Forget it first: pulumi refresh --stack ${stack}. Then run this again.`
        : `Delete what is nobody's at Cloudflare, or choose another subdomain for ${orchestra.id}.`;
    refusals.push([`${orchestra.host}, for ${orchestra.id}:`, ...others.map(describe), remedy].join("\n    "));
  }
  if (refusals.length > 0) {
    const expected = `expected none of type A, AAAA, CNAME or NS, or one CNAME to ${app.target} that is nobody's`;
    const head = `Refusing to take over DNS records of somebody else: ${expected}. Nothing was created or changed.`;
    throw new UserError("name-taken", [head, ...refusals].join("\n\n  "));
  }
  plan.warnings = gone.map((own) => warnOfGone(own, orchestras, stack));
  return plan;
}

/** Tells whether a record takes the name. Cloudflare allows no other address, alias or delegation beside a CNAME, only TXT and MX. */
function takesName({ name, type }: DnsRecordFound, host: string): boolean {
  return sameHost(name, host) && ["A", "AAAA", "CNAME", "NS"].includes(type);
}

function isAdoptable(
  { type, content, comment }: DnsRecordFound,
  orchestra: Orchestra,
  { stack, target }: { stack: string; target: string },
): boolean {
  if (type !== "CNAME") return false;
  return comment === commentFor(orchestra.id, stack) || (!namesMaker(comment) && sameHost(content, target));
}

/** Describes a record in one line; the comment is somebody else's text. */
function describe({ id, type, content, proxied, comment }: DnsRecordFound): string {
  const said = clean(comment, 100);
  const whose = said === "" ? "no comment" : `comment "${said}"`;
  return `${type} to ${clean(content, 255)}${proxied ? ", proxied" : ""}, ${whose}, record ${id}`;
}

function clean(text: string, length: number): string {
  return text
    .replace(/[\p{C}\s]+/gu, " ")
    .trim()
    .slice(0, length);
}

function warnOfGone({ orchestra, name, id }: RecordedRecord, declared: readonly Orchestra[], stack: string): Notice {
  const what = `The DNS record of ${orchestra}, ${name} (${id}), is in the state and no longer at Cloudflare.`;
  const text = declared.some((other) => other.id === orchestra)
    ? `${what} Nobody finds the orchestra under its name. Make it again: pulumi up --refresh --stack ${stack}`
    : `${what} Nothing is left to take away. Should Cloudflare's provider fail over it all the same, forget it: pulumi refresh --stack ${stack}`;
  return { code: "record-gone", values: [orchestra, id], text };
}
