/** The parts of the local cloud that can be made to misbehave. */
export type FaultService = "supabase" | "cloudflare" | "router" | "dns" | "app";

export type FaultAction =
  | { kind: "status"; status: number; body?: string | Record<string, unknown>; headers?: Record<string, string> }
  | { kind: "delay"; ms: number }
  | { kind: "drop"; when: "before" | "after" };
