import { setTimeout as sleep } from "node:timers/promises";

import { sameHost } from "../../../infra/cloud/recordComment.ts";
import { type Finding, fails, holds } from "./finding.ts";
import { askForName, type NameServers } from "./nameServers.ts";
import type { Subject } from "./subject.ts";

/** The state of a name. */
type Sighting =
  | { kind: "right" }
  | { kind: "no record" }
  | { kind: "wrong target"; got: string }
  | { kind: "not propagated"; got: string }
  | { kind: "no answer"; who: string; why: string };

export interface Patience {
  /** Until when to ask again, as `Date.now()` counts. */
  deadline: number;
  /** Called before each pause, with what is waited for. */
  onWait?: (what: string) => void;
}

const pauseMs = 2_000;

/**
 * Checks that the orchestra's name points at the app: first at the zone's own name servers, then at the public resolver. Asks
 * again until the deadline, except after a wrong target, which does not pass by itself.
 */
export async function checkName(subject: Subject, servers: NameServers, patience: Patience): Promise<Finding> {
  for (;;) {
    const sighting = await look(subject, servers);
    if (sighting.kind === "right") return holds(subject.app.proxied ? "proxied" : subject.app.target);
    const left = patience.deadline - Date.now();
    if (left <= 0 || sighting.kind === "wrong target") return explain(sighting, subject, servers.publicName);
    patience.onWait?.(sighting.kind);
    await sleep(Math.min(pauseMs, left));
  }
}

async function look({ host, app }: Subject, servers: NameServers): Promise<Sighting> {
  const isRight = (seen: { kind: string; values: string[] } | undefined) =>
    app.proxied
      ? seen?.kind === "address"
      : seen?.kind === "cname" && seen.values.some((name) => sameHost(name, app.target));
  let who = "the zone's own name servers";
  try {
    const zone = await servers.zone;
    const held = await askForName(zone, host);
    if (!held) return { kind: "no record" };
    if (!isRight(held)) return { kind: "wrong target", got: describe(held) };
    // Only now: a resolver that is asked too early remembers that there was nothing.
    who = `the resolver ${servers.publicName}`;
    const seen = await askForName(servers.public, host);
    if (!isRight(seen)) return { kind: "not propagated", got: seen ? describe(seen) : "no such name" };
    return { kind: "right" };
  } catch (error) {
    return { kind: "no answer", who, why: (error as { code?: string }).code ?? (error as Error).message };
  }
}

function describe({ kind, values }: { kind: "cname" | "address"; values: string[] }): string {
  return `${kind === "cname" ? "CNAME" : "address"} ${values.join(", ")}`;
}

function explain(sighting: Exclude<Sighting, { kind: "right" }>, subject: Subject, resolver: string): Finding {
  const { host, app } = subject;
  const expected = app.proxied ? `an address for ${host}` : `${host} CNAME ${app.target}`;
  switch (sighting.kind) {
    case "no record":
      return fails(
        "no record",
        `Expected ${expected}; the zone's own name servers know no such name. \`pulumi up\` makes the record; ` +
          "if it finds nothing to do, somebody deleted it by hand: `pulumi up --refresh`.",
      );
    case "wrong target":
      return fails(
        "wrong target",
        `Expected ${expected}; the zone's own name servers say ${sighting.got}. Somebody changed the record by hand: ` +
          "`pulumi refresh --preview-only --diff` shows it, `pulumi up --refresh` puts it right.",
      );
    case "not propagated":
      return fails(
        "not propagated",
        `Expected ${expected}, as the zone's own name servers say; the resolver ${resolver} says ${sighting.got}. It remembers what ` +
          "it heard before, for half an hour as a rule: wait and verify again (--wait), or ask another one (--resolver).",
      );
    case "no answer":
      return fails(
        "no answer",
        `Expected ${expected}; ${sighting.who} did not answer (${sighting.why}). Check that this machine may ask it (UDP port 53), ` +
          "or name others with --dns-server and --resolver.",
      );
  }
}
