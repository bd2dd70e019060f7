import type { DnsRecordFound } from "../cloud/cloudflareApi.ts";
import { sameHost } from "../cloud/recordComment.ts";
import { isOwnRecord } from "../cloud/removeRecords.ts";
import { UserError } from "../errors.ts";
import type { Notice } from "../plan/notice.ts";
import type { OrchestraPlan } from "../plan/planOrchestras.ts";
import type { Plan } from "../plan/planStack.ts";
import { onOneLine } from "../util/text.ts";
import type { RecordedRecord } from "./recordedState.ts";

export interface RecordReconciliation {
  /** By orchestra: the id of an existing record that this stack adopts, to be passed as `import`. */
  adopted: Record<string, string>;
  /** Notes for the reader of a preview about adopted records. */
  notes: Notice[];
  /** Warnings about records that the state holds and the zone does not. */
  warnings: Notice[];
}

/**
 * Finds the holder of each name that an orchestra is to have: nobody, the state, a record to adopt, or somebody else. A record is adopted
 * if its comment says that this stack made it for this orchestra, or if it points where ours would and its comment names no maker. A killed
 * run leaves such a record when Cloudflare's answer did not reach the state. A retired orchestra has no name. Pure.
 *
 * @param existing every record of the zone
 * @param recorded the records that the state holds; importing one of them would delete it
 * @throws {UserError} with every name that is somebody else's
 */
export function reconcileRecords(
  { stack, zoneId, app, orchestras }: Pick<Plan, "stack" | "zoneId" | "app" | "orchestras">,
  existing: readonly DnsRecordFound[],
  recorded: readonly RecordedRecord[],
): RecordReconciliation {
  const result: RecordReconciliation = { adopted: {}, notes: [], warnings: [] };
  const refusals: string[] = [];
  const gone = recorded.filter((own) => own.zoneId === zoneId && !existing.some(({ id }) => id === own.id));
  const named = orchestras.filter(({ state }) => state !== "retired");
  for (const { id, host } of named) {
    const own = recorded.find(({ orchestra }) => orchestra === id);
    const others = existing.filter(
      ({ id, name, type }) => id !== own?.id && takingName.includes(type) && sameHost(name, host),
    );
    const [first] = others;
    if (first === undefined) continue;
    const holder = recorded.find((record) => record.id === first.id);
    const isOwn = isOwnRecord(first, { stack, orchestra: id, host, target: app.target });
    if (!own && !holder && others.length === 1 && isOwn) {
      result.adopted[id] = `${zoneId}/${first.id}`;
      const text = `${host} exists at Cloudflare already and is adopted, not made: ${describe(first)}.`;
      result.notes.push({ code: "record-adopted", values: [id, first.id], text });
      continue;
    }
    const remedy = holder
      ? `Orchestra ${holder.orchestra} of this stack has it. First give that one another subdomain or take it out, and run this; then give ${id} the name.`
      : own && gone.includes(own)
        ? `The record that the state holds for ${id} (${own.id}) is gone. Forget it first: pulumi refresh --stack ${stack}. Then run this again.`
        : `Delete what is nobody's at Cloudflare, or choose another subdomain for ${id}.`;
    refusals.push([`${host}, for ${id}:`, ...others.map(describe), remedy].join("\n    "));
  }
  if (refusals.length > 0) {
    const expected = `expected none of type A, AAAA, CNAME or NS, or one CNAME to ${app.target} that is nobody's`;
    const head = `Refusing to take over DNS records of somebody else: ${expected}. Nothing was created or changed.`;
    throw new UserError("name-taken", [head, ...refusals].join("\n\n  "));
  }
  result.warnings = gone.map((own) => warnOfGone(own, named, stack));
  return result;
}

/** Types of records that take a name. Cloudflare allows no other address, alias or delegation beside a CNAME, only TXT and MX. */
const takingName = ["A", "AAAA", "CNAME", "NS"];

/** Describes a record in one line; the comment is somebody else's text. */
function describe({ id, type, content, proxied, comment }: DnsRecordFound): string {
  const said = onOneLine(comment, 100);
  const whose = said === "" ? "no comment" : `comment "${said}"`;
  return `${type} to ${onOneLine(content, 255)}${proxied ? ", proxied" : ""}, ${whose}, record ${id}`;
}

function warnOfGone({ orchestra, name, id }: RecordedRecord, named: readonly OrchestraPlan[], stack: string): Notice {
  const remedy = named.some((each) => each.id === orchestra)
    ? `Nobody finds the orchestra under its name. Make it again: pulumi up --refresh --stack ${stack}`
    : `Nothing is left to take away. If Cloudflare's provider fails over it all the same, forget it: pulumi refresh --stack ${stack}`;
  const text = `The DNS record of ${orchestra}, ${name} (${id}), is in the state and no longer at Cloudflare. ${remedy}`;
  return { code: "record-gone", values: [orchestra, id], text };
}
