import { setTimeout as sleep } from "node:timers/promises";

import { sameHost } from "../../../infra/cloud/recordComment.ts";
import { type CheckResult, failed, passed } from "./checkResult.ts";
import { askForName, type NameAnswer, type NameServers } from "./nameServers.ts";
import type { VerifyTarget } from "./verifyTarget.ts";

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
