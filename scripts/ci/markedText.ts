import { UserError } from "../../infra/errors.ts";

/** GitHub's limit for the body of a comment or an issue, in characters. */
const LONGEST = 65_536;

/** Returns the line by which a text of ours is found again. GitHub may return it with another line end. */
export function firstLine(text = ""): string {
  return text.split("\n", 1)[0]!.trim();
}

/** @throws {UserError} where GitHub would refuse it */
export function refuseTooLong(body: string, what: string): void {
  if (body.length <= LONGEST) return;
  throw new UserError(
    "github-refused",
    `Refusing to write ${what}: expected at most ${LONGEST} characters, which is GitHub's limit, got ${body.length}.`,
  );
}
