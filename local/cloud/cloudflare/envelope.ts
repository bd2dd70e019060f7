import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";

/** One entry of `errors`. Cloudflare wraps some problems of validation in a chain below "DNS Validation Error". */
export interface CloudflareProblem {
  code: number;
  message: string;
  error_chain?: CloudflareProblem[];
}

/** An answer that is not a success, with Cloudflare's own codes and wording. */
export class CloudflareError extends Error {
  readonly status: ContentfulStatusCode;
  readonly problems: CloudflareProblem[];
  constructor(status: ContentfulStatusCode, ...problems: CloudflareProblem[]) {
    super(problems.map((problem) => `${problem.message} (${problem.code})`).join("; "));
    this.status = status;
    this.problems = problems;
  }
}

/** Answers with a success. `info` is `result_info` (pages). */
export function answer(c: Context, result: unknown, info?: object) {
  return c.json({ result, success: true, errors: [], messages: [], ...(info && { result_info: info }) });
}

export function answerError(c: Context, error: CloudflareError) {
  return c.json({ result: null, success: false, errors: error.problems, messages: [] }, error.status);
}

/** Returns the error for a path whose identifiers are not 32 hexadecimal digits. */
export function noRoute(path: string): CloudflareError {
  return new CloudflareError(404, {
    code: 7003,
    message: `Could not route to ${path}, perhaps your object identifier is invalid?`,
  });
}

/** Returns the requested slice of a list, and its `result_info`. */
export function paginate<T>(items: T[], page: number, perPage: number): { items: T[]; info: object } {
  const slice = items.slice((page - 1) * perPage, page * perPage);
  return {
    items: slice,
    info: {
      page,
      per_page: perPage,
      count: slice.length,
      total_count: items.length,
      total_pages: Math.ceil(items.length / perPage),
    },
  };
}
