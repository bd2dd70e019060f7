import type { Fleet, FleetOrchestra } from "../readFleet.ts";
import { checkCertificate } from "./checkCertificate.ts";
import { askForAddress, checkName, type NameServers, type VerifyTarget, type WaitOptions } from "./checkName.ts";
import { checkPage, checkSignIn } from "./checkPage.ts";
import { type CheckResult, type CheckResults, failed, passed, skipped, warned } from "./checkResult.ts";
import type { Compared, Field } from "../difference.ts";
import { withoutEnding } from "../formatFleet.ts";

/** The context that the orchestras of a stack share while they are verified. */
export interface VerifyContext {
  servers: NameServers;
  /** The orchestras as observed from inside, and compared. */
  fleet: Pick<Fleet, "orchestras" | "shared">;
  deadline: number;
}

/** Looks at one orchestra as a visitor does, and judges what was observed from inside. Never throws: a failed check says why. */
export async function verifyOrchestra(
  target: VerifyTarget,
  { servers, fleet, deadline }: VerifyContext,
  onWait?: WaitOptions["onWait"],
): Promise<CheckResults> {
  const orchestra = fleet.orchestras.find(({ id, declared }) => id === target.id && declared !== null)!;
  const { address, ...outside } = await checkFromOutside(target, servers, { deadline, ...(onWait && { onWait }) });
  const signIn = await checkAdministrator(target, orchestra, outside.page.state === "ok" ? address : undefined);
  return { ...outside, "sign-in": signIn, ...checkInside(orchestra, fleet) };
}

/** Checks name, certificate and page, each of which needs the one before. */
async function checkFromOutside(
  target: VerifyTarget,
  servers: NameServers,
  wait: WaitOptions,
): Promise<{ DNS: CheckResult; TLS?: CheckResult; page: CheckResult; address?: string }> {
  const url = new URL(target.url);
  const isSecure = url.protocol === "https:";
  const isSuspended = target.state === "suspended";
  const stop = (DNS: CheckResult) => ({ DNS, ...(isSecure && { TLS: skipped("DNS") }), page: skipped("DNS") });
  const named = await checkName(target, servers, wait);
  if (named.state !== "ok") return stop(named);
  const addresses = await askForAddress(servers.public, url.hostname).catch(() => undefined);
  const address = addresses?.[0];
  if (address === undefined) {
    const reason = `Expected ${target.app.target} to have an address; the resolver ${servers.publicName} knows none. Check stagesub:app.target.`;
    return stop(failed("no address", reason));
  }
  if (!isSecure) return { DNS: named, page: await checkPage(target, address, isSuspended), address };
  const TLS = await checkCertificate({ host: url.hostname, address, port: Number(url.port || 443) });
  const page = TLS.state === "failed" ? skipped("TLS") : await checkPage(target, address, isSuspended);
  return { DNS: named, TLS, page, address };
}

async function checkAdministrator(
  target: VerifyTarget,
  { database }: FleetOrchestra,
  address: string | undefined,
): Promise<CheckResult> {
  if (database.kind !== "read") return skipped("ledger");
  if (target.state === "suspended") return passed("nobody");
  const { administrator, users } = database.state;
  if (!administrator) {
    if (users > 0) return passed("others sign in");
    return failed(
      "nobody",
      `Expected somebody who can sign in to ${target.id}; it has no user. Restore one from a backup.`,
    );
  }
  if (!administrator.mustChangePassword) return passed("changed");
  if (target.oneTimePassword === undefined) {
    return warned(
      "not tried",
      `${target.id} was set up by hand: its administrator's one-time password, never changed yet, is with whoever made it, in the app ` +
        "or by `setup`. Sign in with it and change it.",
    );
  }
  return address === undefined ? skipped("page") : checkSignIn(target, address, administrator.email);
}

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
function checkInside(orchestra: FleetOrchestra, { shared }: Pick<Fleet, "shared">): Record<Check, CheckResult> {
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
