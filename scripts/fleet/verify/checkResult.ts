/** The checks, in the order of the table's columns. */
export const checkNames = [
  "DNS",
  "TLS",
  "page",
  "sign-in",
  "templates",
  "settings",
  "ledger",
  "rights",
  "project",
  "record",
  "status",
] as const;
export type CheckName = (typeof checkNames)[number];

export interface CheckResult {
  /** `skipped`: another check that has to pass first did not. */
  state: "ok" | "warning" | "failed" | "skipped";
  /** A few words for the table; never a secret. */
  seen: string;
  /** For `warning` and `failed`: what was expected, what was found and what to do. */
  reason?: string;
}

/** The results of one orchestra; `TLS` only where it opens by https. */
export type CheckResults = Partial<Record<CheckName, CheckResult>>;

export function passed(seen: string): CheckResult {
  return { state: "ok", seen };
}

export function warned(seen: string, reason: string): CheckResult {
  return { state: "warning", seen, reason };
}

export function failed(seen: string, reason: string): CheckResult {
  return { state: "failed", seen, reason };
}

export function skipped(because: CheckName): CheckResult {
  return { state: "skipped", seen: `see ${because}` };
}

/** Whether no check failed or had to be skipped. */
export function isHealthy(results: CheckResults): boolean {
  return Object.values(results).every(({ state }) => state !== "failed" && state !== "skipped");
}
