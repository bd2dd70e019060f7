/** Returns the stack of a URN: "urn:pulumi:production::stagesub::…" → "production". */
export function stackOf(urn: string): string {
  return urn.split("::")[0]!.slice("urn:pulumi:".length);
}
