import type { CiContext } from "./ciContext.ts";

/** A run that somebody should look at. */
export interface Notice {
  stack: string;
  command: "apply" | "drift";
  /** `drift`: something differs from what is declared. `failed`: the run did not do its work. */
  outcome: "drift" | "failed";
  /** One sentence for people. */
  text: string;
}

/** Each try takes no longer; there are two. */
const silenceMs = 10_000;

/**
 * Posts a notice as JSON, where there is a webhook. `text` alone is what Slack, Mattermost and Teams' workflows show. A post that fails is
 * tried once more; a second failure is reported and changes nothing else.
 */
export async function postWebhook({ webhook, runUrl, commit }: CiContext, notice: Notice): Promise<void> {
  if (webhook === undefined) return;
  const text = `StageSub, ${notice.stack}: ${notice.text}${runUrl === undefined ? "" : ` ${runUrl}`}`;
  const body = JSON.stringify({ ...notice, text, run: runUrl, commit });
  const failure = (await tryPost(webhook, body)) && (await tryPost(webhook, body));
  if (failure !== undefined) console.error(`The webhook was not told: ${failure}.`);
}

/** Returns the reason of a failure, without the address. */
async function tryPost(webhook: URL, body: string): Promise<string | undefined> {
  const headers = { "content-type": "application/json" };
  try {
    const signal = AbortSignal.timeout(silenceMs);
    const { ok, status } = await fetch(webhook, { method: "POST", headers, body, signal });
    return ok ? undefined : `it answered ${status}`;
  } catch (error) {
    const { name, cause } = error as Error & { cause?: NodeJS.ErrnoException };
    return name === "TimeoutError" ? `no answer in ${silenceMs / 1_000} s` : (cause?.code ?? "it cannot be reached");
  }
}
