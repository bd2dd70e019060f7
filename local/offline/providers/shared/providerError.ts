/**
 * A refusal as the Terraform bridge words it: `[AttributeName("region")] Client Error: Update is not supported …`.
 * The summary and detail are those of the official provider.
 */
export class ProviderError extends Error {
  constructor(summary: string, detail: string, attribute?: string) {
    super(`${attribute === undefined ? "" : `[AttributeName("${attribute}")] `}${summary}: ${detail}`);
    this.name = "ProviderError";
  }
}

/** Returns the text of an unknown failure. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : "";
  return error.message + cause;
}
