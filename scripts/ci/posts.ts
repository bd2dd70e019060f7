import { setTimeout as sleep } from "node:timers/promises";

import { UserError } from "../../infra/errors.ts";
import { codeBlock } from "../cli/markdown.ts";

/** GitHub's limit for the body of a comment or an issue, in characters. */
const LONGEST = 65_536;
/** The limit of a block in a body, which leaves space for the text around it. */
const LONGEST_BLOCK = 60_000;
const ATTEMPTS = 4;
const PAUSE_MS = 1_000;

/** Returns the line by which a text of ours is found again. GitHub may return it with another line end. */
export function firstLine(text: string | null | undefined): string {
  return (text ?? "").split("\n", 1)[0]!.trim();
}

/** Finds among comments or issues one that is the token's own and begins with the marker. Pull requests are listed among the issues. */
export async function findPost<Post extends { body?: string | null; user: { login: string } | null }>(
  pages: AsyncIterable<{ data: unknown }>,
  login: string,
  marker: string,
): Promise<Post | undefined> {
  for await (const { data } of pages) {
    const found = (data as Post[]).find(
      (post) => post.user?.login === login && firstLine(post.body) === marker && !("pull_request" in post),
    );
    if (found) return found;
  }
  return undefined;
}

/** @throws {UserError} for a body that GitHub would refuse */
export function refuseTooLong(body: string, what: string): void {
  if (body.length <= LONGEST) return;
  throw new UserError(
    "github-refused",
    `Refusing to write ${what}: expected at most ${LONGEST} characters, which is GitHub's limit, got ${body.length}.`,
  );
}

/**
 * Formats lines as a block of text, cut at GitHub's limit.
 *
 * @param more the command that shows the rest
 */
export function formatBlock(text: string, more?: string): string {
  const lines = text.split("\n");
  let length = 0;
  const shown = lines.filter((line) => (length += line.length + 1) <= LONGEST_BLOCK);
  const left = lines.length - shown.length;
  if (left > 0) shown.push(`… and ${left} lines more${more === undefined ? "" : `: ${more}`}`);
  return codeBlock(shown.join("\n"), "text");
}

/**
 * Creates a post that must not exist twice. A lost answer, or a failure of GitHub's own, does not say whether the post was created: it is
 * searched for before the next attempt.
 *
 * @param create one attempt, itself without retries
 * @throws the error of the last attempt; at once if GitHub refuses (4xx)
 */
export async function createOnce<T>(create: () => Promise<T>, find: () => Promise<T | undefined>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await create();
    } catch (error) {
      if (attempt === ATTEMPTS || !((error as { status?: number }).status! >= 500)) throw error;
    }
    await sleep(PAUSE_MS * attempt);
    const found = await find();
    if (found !== undefined) return found;
  }
}
