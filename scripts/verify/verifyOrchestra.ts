import { checkCertificate } from "./checkCertificate.ts";
import { checkDatabase, type Inside } from "./checkDatabase.ts";
import { checkName, type Patience } from "./checkName.ts";
import { checkPage, checkSignIn } from "./checkPage.ts";
import { checkStatus, type Registrations } from "./checkStatus.ts";
import { type Finding, type Findings, fails, holds, skips, warns } from "./finding.ts";
import { askForAddress, type NameServers } from "./nameServers.ts";
import type { Subject } from "./subject.ts";

/** What all orchestras of a stack are looked at with. */
export interface Surroundings {
  servers: NameServers;
  registrations: Promise<Registrations>;
  /** By the two clouds' own word. */
  checkClouds: (id: string) => Promise<Record<"project" | "record", Finding>>;
  deadline: number;
}

/** Looks at one orchestra as a visitor, as the app and as its database's owner do. Never throws: what fails says why. */
export async function verifyOrchestra(
  subject: Subject,
  { servers, registrations, checkClouds, deadline }: Surroundings,
  onWait?: Patience["onWait"],
): Promise<Findings> {
  const [{ address, ...outside }, inside, clouds, status] = await Promise.all([
    lookFromOutside(subject, servers, { deadline, ...(onWait && { onWait }) }),
    checkDatabase(subject),
    checkClouds(subject.id),
    checkStatus(subject, registrations),
  ]);
  const signIn = await lookAtAdministrator(subject, inside, outside.page.state === "ok" ? address : undefined);
  return { ...outside, "sign-in": signIn, ...inside.findings, ...clouds, status };
}

/** Name, certificate, page: each needs the one before. */
async function lookFromOutside(
  subject: Subject,
  servers: NameServers,
  patience: Patience,
): Promise<{ DNS: Finding; TLS?: Finding; page: Finding; address?: string }> {
  const url = new URL(subject.url);
  const isSecure = url.protocol === "https:";
  const suspended = subject.registration.status === "Suspended";
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

async function lookAtAdministrator(subject: Subject, { state }: Inside, address?: string): Promise<Finding> {
  if (!state) return skips("ledger");
  if (subject.registration.status === "Suspended") return holds("nobody");
  if (!state.administrator) {
    if (state.users > 0) return holds("others sign in");
    return fails(
      "nobody",
      `Expected somebody who can sign in to ${subject.id}; it has no user. Restore one from a backup.`,
    );
  }
  if (!state.administrator.mustChangePassword) return holds("changed");
  if (subject.database?.oneTimePassword === undefined) {
    return warns(
      "not tried",
      `${subject.id} was set up by hand: its administrator's one-time password, never changed yet, is with whoever made it, in the app ` +
        "or by `setup`. Sign in with it and change it.",
    );
  }
  return address === undefined ? skips("page") : checkSignIn(subject, address, state.administrator.email);
}
