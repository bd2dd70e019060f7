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

/** The result of one check. */
export interface Finding {
  /** `skipped`: another check that has to hold first does not. */
  state: "ok" | "warning" | "failed" | "skipped";
  /** A few words for the table; never a secret. */
  seen: string;
  /** For `warning` and `failed`: what was expected, what came and what to do. */
  reason?: string;
}

/** One orchestra's checks; `TLS` only where it opens by https. */
export type Findings = Partial<Record<CheckName, Finding>>;

export function holds(seen: string): Finding {
  return { state: "ok", seen };
}

export function warns(seen: string, reason: string): Finding {
  return { state: "warning", seen, reason };
}

export function fails(seen: string, reason: string): Finding {
  return { state: "failed", seen, reason };
}

export function skips(because: CheckName): Finding {
  return { state: "skipped", seen: `see ${because}` };
}

/** Whether nothing failed. */
export function isWell(findings: Findings): boolean {
  return Object.values(findings).every(({ state }) => state !== "failed" && state !== "skipped");
}
