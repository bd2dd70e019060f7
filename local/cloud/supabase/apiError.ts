import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { z } from "zod";

/** An answer that is not a success, worded as the Management API words it: `{ "message": … }`. */
export class ApiError extends Error {
  readonly status: ContentfulStatusCode;
  constructor(status: ContentfulStatusCode, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * Reads a JSON body. Unknown keys are dropped, as the real API does.
 *
 * @throws ApiError 400 with all problems, each as `path: problem`.
 */
export async function readBody<T>(c: Context, schema: z.ZodType<T>): Promise<T> {
  let body: unknown;
  try {
    body = await c.req.json();
  } catch {
    throw new ApiError(400, "The request body is not valid JSON");
  }
  return validate(schema, body);
}

/** @throws ApiError 400 with all problems, each as `path: problem`. */
export function validate<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new ApiError(400, result.error.issues.map(describe).join(", "));
}

function describe(issue: z.core.$ZodIssue): string {
  const path = issue.path.join(".");
  return path ? `${path}: ${issue.message}` : issue.message;
}
