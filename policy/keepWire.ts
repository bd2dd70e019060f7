import { createRequire } from "node:module";

/** The key under which a resource's properties keep their form on the wire. */
const wire = Symbol("wire");

interface Deserialize {
  deserializeProperties: (struct: { toJavaScript(): object }, proxySecrets: boolean) => object;
}

/**
 * Makes `@pulumi/policy` keep the properties as sent beside its own form of them: it takes the secret marks off before a policy sees
 * anything ("secrets must be fully unpacked", its deserialize.js), and a rule could not tell a secret output from a plain one.
 *
 * @throws Error where that library (1.21) has changed: a rule that sees nothing must not pass
 */
export function keepWire(): void {
  const library = createRequire(import.meta.url)("@pulumi/policy/deserialize.js") as Deserialize;
  const original = library.deserializeProperties;
  if (typeof original !== "function")
    throw new Error("@pulumi/policy has no deserializeProperties: see policy/keepWire.ts");
  library.deserializeProperties = (struct, proxySecrets) =>
    // Neither writable nor configurable: the library's proxy then returns the value unchanged.
    Object.defineProperty(original(struct, proxySecrets), wire, { value: struct.toJavaScript() });
}

/** Returns the properties of a resource as sent: secrets and unknowns are marked. */
export function readWire(props: object): Record<string, unknown> {
  const kept = (props as { [wire]?: Record<string, unknown> })[wire];
  if (kept === undefined)
    throw new Error("@pulumi/policy no longer reads properties as expected: see policy/keepWire.ts");
  return kept;
}
