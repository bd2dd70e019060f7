/** A text somewhere in a resource. */
export interface Text {
  /** Such as `outputs.migrators.malmo`, for messages. */
  path: string;
  text: string;
  /** Whether the text is encrypted in the state and `[secret]` in a preview. */
  secret: boolean;
}

/** A resource as the rules see it. */
export interface Resource {
  urn: string;
  /** Such as "supabase:index/project:Project". */
  type: string;
  /** Its name in the program: an orchestra's id, `pool-3`. */
  name: string;
  protect: boolean;
  /** Holds secrets in clear. Values that a preview does not know yet are left out. */
  props: Record<string, unknown>;
  /** Every text in them. */
  texts: readonly Text[];
}

/** Pulumi's mark of a secret value on the wire: `{ [signature]: secretSignature, value }` (sdk/nodejs/runtime/rpc.ts). */
const signature = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

/** The stand-ins, one per type, for values that are not known before an `up` (sdk/go/common/resource/plugin/rpc.go). */
const unknowns = new Set([
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);

/** Reads a resource's properties from the wire, where secrets and unknowns are marked. */
export function readProperties(wire: Record<string, unknown>): Pick<Resource, "props" | "texts"> {
  const texts: Text[] = [];
  const read = (value: unknown, path: string, secret: boolean): unknown => {
    if (typeof value === "string") {
      if (unknowns.has(value)) return undefined;
      texts.push({ path, text: value, secret });
      return value;
    }
    if (Array.isArray(value)) return value.map((item, index) => read(item, `${path}[${index}]`, secret));
    if (typeof value !== "object" || value === null) return value;
    const object = value as Record<string, unknown>;
    if (object[signature] === secretSignature) return read(object["value"], path, true);
    const entries = Object.entries(object).map(([key, inner]) => [
      key,
      read(inner, path === "" ? key : `${path}.${key}`, secret),
    ]);
    return Object.fromEntries(entries.filter(([, inner]) => inner !== undefined));
  };
  return { props: read(wire, "", false) as Record<string, unknown>, texts };
}
