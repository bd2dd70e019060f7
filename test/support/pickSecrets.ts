/** Pulumi's mark of a secret: `resource.SigKey` and `SecretSig`, sdk/go/common/resource/sig. */
const [sigKey, secretSig] = ["4dabf18193072939515e22adb298388d", "1b47061264138c4ac30d75fd1eb44270"];

/**
 * Returns every password and token of a state, by its place.
 *
 * @param exported `pulumi stack export --show-secrets`
 * @param stack put before each name
 */
export function pickSecrets(exported: unknown, stack: string): Record<string, string> {
  const { deployment } = exported as {
    deployment: { resources?: { urn: string; inputs?: unknown; outputs?: unknown }[] };
  };
  const found: Record<string, string> = {};
  const walk = (value: unknown, at: string, isSecret: boolean): void => {
    if (typeof value === "object" && value !== null) {
      const { [sigKey]: sig, plaintext } = value as Record<string, unknown>;
      if (sig === secretSig) return walk(JSON.parse(String(plaintext)), at, true);
      for (const [key, inner] of Object.entries(value)) walk(inner, `${at}.${key}`, isSecret);
    } else if (isSecret && typeof value === "string" && !isPlace.test(at)) {
      const secret = URL.canParse(value) ? decodeURIComponent(new URL(value).password) : value;
      // One password stands in many places, and is returned once.
      if (secret !== "" && secret !== unknownValue && !Object.values(found).includes(secret)) found[at] = secret;
    }
  };
  for (const { urn, inputs, outputs } of deployment.resources ?? [])
    walk({ inputs, outputs }, `${stack}: ${urn.split("::").slice(-1)[0]}`, false);
  return found;
}

/** A connection is secret as a whole; where it leads is said everywhere. */
const isPlace = /\.connection\.(host|user|database)$/;

/** Pulumi's word for an output that a failed step left unknown. */
const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
