import { Resolver } from "node:dns/promises";
import { setTimeout as sleep } from "node:timers/promises";

import { sameHost } from "../../../infra/cloud/recordComment.ts";
import { type CheckResult, failed, passed } from "./checkResult.ts";
import type { OrchestraPlan } from "../../../infra/plan/planOrchestras.ts";
import type { Plan } from "../../../infra/plan/planStack.ts";

/** An orchestra as a visitor ought to find it. */
export interface VerifyTarget extends Pick<OrchestraPlan, "id" | "host" | "url" | "state"> {
  /** The target that its CNAME must have; behind Cloudflare's proxy a visitor sees addresses instead. */
  app: Pick<Plan["app"], "target" | "proxied">;
  /** The first administrator's; undefined where only whoever made it by hand knows it. Secret. */
  oneTimePassword: string | undefined;
}

export interface WaitOptions {
  /** The end of all repetitions, as `Date.now()` counts. */
  deadline: number;
  /** Called before each pause, with the reason in a few words. */
  onWait?: (reason: string) => void;
}

const pauseMs = 2_000;
const wrongTarget = "wrong target";

/**
 * Checks that the orchestra's name points at the app: first at the zone's own name servers, then at the public resolver. Asks
 * again until the deadline, except after a wrong target, which does not pass by itself.
 */
export async function checkName(target: VerifyTarget, servers: NameServers, wait: WaitOptions): Promise<CheckResult> {
  for (;;) {
    const result = await lookUpName(target, servers);
    const left = wait.deadline - Date.now();
    if (result.state === "ok" || result.seen === wrongTarget || left <= 0) return result;
    wait.onWait?.(result.seen);
    await sleep(Math.min(pauseMs, left));
  }
}

async function lookUpName({ host, app }: VerifyTarget, servers: NameServers): Promise<CheckResult> {
  const expected = app.proxied ? `Expected an address for ${host}` : `Expected ${host} CNAME ${app.target}`;
  const isRight = (answer: NameAnswer | undefined) =>
    app.proxied
      ? answer?.kind === "address"
      : answer?.kind === "CNAME" && answer.values.some((name) => sameHost(name, app.target));
  let asked = "the zone's own name servers";
  try {
    const held = await askForName(await servers.zone, host);
    if (!held)
      return failed(
        "no record",
        `${expected}; ${asked} know no such name. \`pulumi up\` makes the record; ` +
          "if it finds nothing to do, somebody deleted it by hand: `pulumi up --refresh`.",
      );
    if (!isRight(held))
      return failed(
        wrongTarget,
        `${expected}; ${asked} say ${describe(held)}. Somebody changed the record by hand: ` +
          "`pulumi refresh --preview-only --diff` shows it, `pulumi up --refresh` puts it right.",
      );
    // Only now: a resolver that is asked too early remembers that there was nothing.
    asked = `the resolver ${servers.publicName}`;
    const seen = await askForName(servers.public, host);
    if (isRight(seen)) return passed(app.proxied ? "proxied" : app.target);
    return failed(
      "not propagated",
      `${expected}, as the zone's own name servers say; ${asked} says ${seen ? describe(seen) : "no such name"}. It remembers what ` +
        "it heard before, for half an hour as a rule: wait and verify again (--wait), or ask another one (--resolver).",
    );
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return failed(
      "no answer",
      `${expected}; ${asked} did not answer (${code ?? message}). Check that this machine may ask it (UDP port 53), ` +
        "or name others with --dns-server and --resolver.",
    );
  }
}

function describe({ kind, values }: NameAnswer): string {
  return `${kind} ${values.join(", ")}`;
}

/** The name servers to ask. */
export interface NameServers {
  /** The zone's own; rejects where they cannot be found. */
  zone: Promise<Resolver>;
  /** A resolver that everybody may ask. */
  public: Resolver;
  /** As the user named it, for messages: "1.1.1.1". */
  publicName: string;
}

/**
 * @param domain the orchestras' domain: in its zone, or the zone's apex
 * @param servers the zone's own name server and the public resolver, as `address` or `address:port`; the first is looked
 *   up at the second where it is left out
 */
export function openNameServers(domain: string, servers: { zone?: string; public: string }): NameServers {
  const resolver = openResolver([servers.public]);
  const zone =
    servers.zone === undefined ? findZoneServers(domain, resolver) : Promise.resolve(openResolver([servers.zone]));
  // Each caller that awaits `zone` sees the failure; a failure before the first await must not end the process.
  zone.catch(() => undefined);
  return { zone, public: resolver, publicName: servers.public };
}

export interface NameAnswer {
  kind: "CNAME" | "address";
  values: string[];
}

/** Returns the targets of a name's CNAME, or its addresses, or nothing at all. */
async function askForName(resolver: Resolver, host: string): Promise<NameAnswer | undefined> {
  const names = await orNothing(resolver.resolveCname(host));
  if (names) return { kind: "CNAME", values: names };
  const addresses = await askForAddress(resolver, host);
  return addresses && { kind: "address", values: addresses };
}

/** Returns the IPv4 addresses of a name, or else its IPv6 ones. */
export async function askForAddress(resolver: Resolver, host: string): Promise<string[] | undefined> {
  return (await orNothing(resolver.resolve4(host))) ?? orNothing(resolver.resolve6(host));
}

/** Finds the name servers of the nearest zone at or above `domain`. */
async function findZoneServers(domain: string, resolver: Resolver): Promise<Resolver> {
  const labels = domain.split(".");
  for (let index = 0; index < labels.length - 1; index++) {
    const servers = await orNothing(resolver.resolveNs(labels.slice(index).join(".")));
    if (!servers?.length) continue;
    const addresses = await Promise.all(servers.map((server) => orNothing(resolver.resolve4(server))));
    const found = addresses.flatMap((list) => list ?? []);
    if (found.length > 0) return openResolver(found);
  }
  throw new Error(`nobody is named as the name server of ${domain}`);
}

function openResolver(servers: string[]): Resolver {
  const resolver = new Resolver({ timeout: 2_000, tries: 2 });
  resolver.setServers(servers);
  return resolver;
}

async function orNothing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === "ENOTFOUND" || code === "ENODATA") return undefined;
    throw error;
  }
}
