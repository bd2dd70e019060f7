import type { Fleet, FleetOrchestra } from "../readFleet.ts";
import { checkCertificate } from "./checkCertificate.ts";
import { checkInside } from "./checkInside.ts";
import { checkName, type Patience } from "./checkName.ts";
import { checkPage, checkSignIn } from "./checkPage.ts";
import { type Finding, type Findings, fails, holds, skips, warns } from "./finding.ts";
import { askForAddress, type NameServers } from "./nameServers.ts";
import type { Subject } from "./subject.ts";

/** The context that the orchestras of a stack share while they are verified. */
export interface VerifyContext {
  servers: NameServers;
  /** The orchestras as observed from inside, and compared. */
  fleet: Pick<Fleet, "orchestras" | "shared">;
  deadline: number;
}

/** Looks at one orchestra as a visitor does, and judges what was observed from inside. Never throws: a failed check says why. */
export async function verifyOrchestra(
  subject: Subject,
  { servers, fleet, deadline }: VerifyContext,
  onWait?: Patience["onWait"],
): Promise<Findings> {
  const orchestra = fleet.orchestras.find(({ id, declared }) => id === subject.id && declared !== null)!;
  const { address, ...outside } = await lookFromOutside(subject, servers, { deadline, ...(onWait && { onWait }) });
  const signIn = await lookAtAdministrator(subject, orchestra, outside.page.state === "ok" ? address : undefined);
  return { ...outside, "sign-in": signIn, ...checkInside(orchestra, fleet) };
}

/** Checks name, certificate and page, each of which needs the one before. */
async function lookFromOutside(
  subject: Subject,
  servers: NameServers,
  patience: Patience,
): Promise<{ DNS: Finding; TLS?: Finding; page: Finding; address?: string }> {
  const url = new URL(subject.url);
  const isSecure = url.protocol === "https:";
  const suspended = subject.state === "suspended";
  const named = await checkName(subject, servers, patience);
  if (named.state !== "ok") return { DNS: named, ...(isSecure && { TLS: skips("DNS") }), page: skips("DNS") };
  const addresses = await askForAddress(servers.public, url.hostname).catch(() => undefined);
  const address = addresses?.[0];
  if (address === undefined) {
    const reason = `Expected ${subject.app.target} to have an address; the resolver ${servers.publicName} knows none. Check stagesub:app.target.`;
    return { DNS: fails("no address", reason), ...(isSecure && { TLS: skips("DNS") }), page: skips("DNS") };
  }
  if (!isSecure) return { DNS: named, page: await checkPage(subject, address, suspended), address };
  const TLS = await checkCertificate({ host: url.hostname, address, port: Number(url.port || 443) });
  const page = TLS.state === "failed" ? skips("TLS") : await checkPage(subject, address, suspended);
  return { DNS: named, TLS, page, address };
}

async function lookAtAdministrator(
  subject: Subject,
  { database }: FleetOrchestra,
  address: string | undefined,
): Promise<Finding> {
  if (database.kind !== "read") return skips("ledger");
  if (subject.state === "suspended") return holds("nobody");
  const { administrator, users } = database.state;
  if (!administrator) {
    if (users > 0) return holds("others sign in");
    return fails(
      "nobody",
      `Expected somebody who can sign in to ${subject.id}; it has no user. Restore one from a backup.`,
    );
  }
  if (!administrator.mustChangePassword) return holds("changed");
  if (subject.oneTimePassword === undefined) {
    return warns(
      "not tried",
      `${subject.id} was set up by hand: its administrator's one-time password, never changed yet, is with whoever made it, in the app ` +
        "or by `setup`. Sign in with it and change it.",
    );
  }
  return address === undefined ? skips("page") : checkSignIn(subject, address, administrator.email);
}
