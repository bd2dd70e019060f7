import type { Compared, Field } from "../difference.ts";
import { withoutEnding } from "../formatFleet.ts";
import type { Fleet, FleetOrchestra } from "../readFleet.ts";
import { type CheckResult, failed, passed, skipped } from "./checkResult.ts";

/** The checks that the comparison of `list` and `drift` answers, with what each is about. */
const fields = {
  templates: ["templates"],
  settings: ["settings"],
  ledger: ["version", "database"],
  rights: ["rights", "login", "administrator", "schema"],
  project: ["project"],
  record: ["record"],
  status: ["row", "name", "subdomain", "contact", "email", "setupDate", "status", "connection"],
} satisfies Record<string, Field[]>;

type Check = keyof typeof fields;

/** Returns the results of the checks that need no look from outside, by the comparison of the fleet. Pure. */
export function checkInside(orchestra: FleetOrchestra, { shared }: Pick<Fleet, "shared">): Record<Check, CheckResult> {
  const { database, row, declared } = orchestra;
  const state = database.kind === "read" ? database.state : undefined;
  const [registry, supabase, cloudflare] = shared;
  const judge = (check: Check, seen: string, source?: Compared): CheckResult => {
    const wanted: readonly Field[] = fields[check];
    const unseen = (source?.differences ?? []).filter(({ kind }) => kind === "unseen");
    const found = [...unseen, ...orchestra.differences.filter(({ field }) => wanted.includes(field))];
    if (found.length === 0) return passed(seen);
    const texts = found.map(({ text }) => text).join("; ");
    if (found.every(({ kind }) => kind === "unseen")) return failed("unreachable", texts);
    if (found.every(({ kind }) => kind === "pending")) return failed("pending", `${texts}. Run \`pulumi up\`.`);
    return failed("differs", `${texts}. \`pulumi up --refresh\` puts right what is ours and names what it leaves.`);
  };
  const inside = (check: Check, seen: string) => (state ? judge(check, seen) : skipped("ledger"));
  return {
    templates: inside("templates", String(state?.templates)),
    settings: inside("settings", String(state?.settings)),
    ledger: judge("ledger", withoutEnding(state?.version ?? "")),
    rights: inside("rights", state?.appRole ?? ""),
    project: judge("project", declared?.database === "adopted" ? "adopted" : "as declared", supabase),
    record: judge("record", "as declared", cloudflare),
    status: judge("status", row?.status ?? "", registry),
  };
}
