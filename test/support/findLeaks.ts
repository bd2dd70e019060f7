/** A secret found where it should not be. */
export interface Leak {
  /** The secret's name; its value is never told. */
  secret: string;
  /** The form in which the secret was written. */
  form: "raw" | "URL-encoded" | "JSON-escaped" | "base64" | "hex";
  /** Offset in the text. */
  at: number;
}

/**
 * Looks for secrets in a text, however they were written: as they are, URL-encoded, JSON-escaped once or twice, in hex, in
 * base64 wherever they began in what was encoded (three alignments; also base64url).
 *
 * @param secrets name → value
 */
export function findLeaks(text: string, secrets: Record<string, string>): Leak[] {
  const lower = text.toLowerCase();
  const base64 = text.replaceAll("-", "+").replaceAll("_", "/");
  return Object.entries(secrets).flatMap(([secret, value]) => {
    // A short value would be found by chance, and an empty one everywhere.
    if (value.length < 6)
      throw new Error(`Expected ${secret} to have at least 6 characters, so that a find means something.`);
    const bytes = Buffer.from(value, "utf8");
    const escaped = escapeJson(value);
    const forms: [Leak["form"], string, string][] = [
      ["raw", text, value],
      ["URL-encoded", lower, encodeURIComponent(value).toLowerCase()],
      ["URL-encoded", lower, [...bytes].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("")],
      ["JSON-escaped", text, escaped],
      ["JSON-escaped", text, escapeJson(escaped)],
      ["hex", lower, bytes.toString("hex")],
      ...[0, 1, 2].map((before): [Leak["form"], string, string] => ["base64", base64, insideBase64(bytes, before)]),
    ];
    // A secret that needs no escaping looks the same in several forms: they are searched once.
    const distinct = forms.filter(([, , what], index) => forms.findIndex(([, , other]) => other === what) === index);
    const found = distinct.flatMap(([form, where, what]) => {
      const at = where.indexOf(what);
      return at < 0 ? [] : [{ secret, form, at }];
    });
    // A secret that needs no escaping is found in several forms.
    return found.filter(({ at }, index) => found.findIndex((other) => other.at === at) === index);
  });
}

/** Looks for secrets in each of these texts, by the text's name. */
export function findLeaksIn(
  texts: Record<string, string>,
  secrets: Record<string, string>,
): (Leak & { where: string })[] {
  return Object.entries(texts).flatMap(([where, text]) => findLeaks(text, secrets).map((leak) => ({ where, ...leak })));
}

function escapeJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** Returns the base64 characters that hold only these bytes, behind `before` other bytes of a group of three. */
function insideBase64(bytes: Buffer, before: number): string {
  const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString("base64");
  return encoded.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
}
