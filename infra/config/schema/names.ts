import { domainToASCII, domainToUnicode } from "node:url";
import { holdsLogin } from "../../util/text.ts";
import { reservedNames } from "./reservedNames.ts";
import type { Refusal, TextRules } from "./textField.ts";

/** An orchestra's id in the stack file. PostgreSQL cuts names at 63 bytes, and roles are named after ids: see planRole. */
export const idRules: TextRules = {
  description: "The orchestra's id: resources and the database role are named after it. Changing it replaces them.",
  expected: "an id of 2 to 40 lower-case letters, digits and hyphens that begins with a letter",
  example: "malmo",
  pattern: /^[a-z][a-z0-9-]{0,38}[a-z0-9]$/,
  rule: "an id has 2 to 40 of a–z, 0–9 and hyphens, begins with a letter and does not end with a hyphen",
  refuse: (id) => {
    if (isPoolName(id)) {
      return { why: "names like pool-3 belong to the pool's databases", remedy: "choose another id" };
    }
    if (id === "registry")
      return { why: "commands and the log call the main database so", remedy: "choose another id" };
    // app_<stack>_<id>_<version>, where each hyphen takes two characters and the stack ten at most
    if ("app__".length + 10 + id.length + id.split("-").length - 1 <= 58) return undefined;
    return {
      why: "with so many hyphens its database role's name would be cut",
      remedy: "choose an id with fewer hyphens",
    };
  },
};

/** Returns whether only the pool may give a name; readPoolNumber says whether the name is well-formed too. */
export function isPoolName(name: string): boolean {
  return /^pool-\d+$/.test(name);
}

/** Returns the number in a pool database's name: "pool-3" → 3. */
export function readPoolNumber(name: string): number | undefined {
  const digits = /^pool-([1-9]\d{0,5})$/.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

export const subdomainRules: TextRules = {
  description:
    "The orchestra's own name under `stagesub:domain`: malmo → malmo.stagesub.com. Left out: the id. Changing it moves the orchestra's address.",
  expected: "a subdomain of 1 to 63 lower-case letters, digits and hyphens, such as malmo",
  example: "malmo",
  pattern: /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
  rule: "only a–z, 0–9 and hyphens inside, at most 63 of them",
  refuse: refuseSubdomain,
};

function refuseSubdomain(text: string): Refusal | undefined {
  // A text with such signs was no attempt at a name, and might be a connection string.
  const decoded = text.startsWith("xn--") ? domainToUnicode(text) : text;
  const suggestion = /[/:@=]/.test(text) ? "" : foldToAscii(decoded).slice(0, 63).replace(/-+$/, "");
  const write = suggestion === "" ? "choose another, such as malmo" : `write ${suggestion}`;
  if (text.startsWith("xn--")) {
    return { why: "names that begin with xn-- are encodings of other letters and are used to deceive", remedy: write };
  }
  if (text.includes(".")) return { why: "it is one name, without dots; stagesub:domain is added to it", remedy: write };
  if (/[A-ZÅÄÖ]/.test(text)) return { why: "upper-case letters are not used in it", remedy: write };
  if (/\s/.test(text)) return { why: "it holds spaces", remedy: write };
  if (/[^\x20-\x7e]/.test(text)) return { why: "it holds letters other than a–z", remedy: write };
  const reserved = reservedNames.get(text);
  if (reserved === undefined) return undefined;
  return {
    why: `"${text}" is reserved: ${reserved} (infra/config/schema/reservedNames.ts)`,
    remedy: "choose another, such as the orchestra's town",
  };
}

/**
 * Returns the plain form of a name: "Gävle Symfoni.se" → "gavle-symfoni-se". Empty where a letter has none: of a Cyrillic "mаlmo" nothing
 * sensible would be left.
 */
export function foldToAscii(text: string): string {
  const plain = text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const latin = plain.replace(/[øæßœłđðþıħŧ]/g, (letter) => plainForms[letter]!);
  if (/(?![a-z])\p{L}/u.test(latin)) return "";
  return latin.replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "");
}

// prettier-ignore
const plainForms: Record<string, string> = {
  ø: "o", æ: "ae", ß: "ss", œ: "oe", ł: "l", đ: "d", ð: "d", þ: "th", ı: "i", ħ: "h", ŧ: "t",
};

const label = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";

/** At least two labels, lower case, no port, scheme or closing dot; the last one is no number, so that it is no IP address. */
const hostPattern = new RegExp(`^(${label}\\.)+(?!\\d+$)${label}$`);

/** Says why a text is no host name; checks the likeliest mistakes first. */
export function refuseHost(text: string): Refusal | undefined {
  const remedy = "write the bare name, such as stagesub.com";
  if (/^[a-z]+:\/\//i.test(text)) return { why: "it is a URL", remedy };
  if (/[:/]/.test(text)) return { why: "it holds a port or a path", remedy };
  if (text.endsWith(".")) return { why: "it ends with a dot", remedy };
  if (/[A-Z]/.test(text))
    return { why: "upper-case letters would show as drift", remedy: `write ${text.toLowerCase()}` };
  // 253 characters is DNS's limit; an orchestra's label of 63 and its dot come in front of a domain.
  if (text.length > 253) return { why: "it is longer than a DNS name can be (253 characters)", remedy };
  return undefined;
}

/** The rules of a host name, for fields that hold one. */
export const hostRules = { pattern: hostPattern, rule: "it is no host name", refuse: refuseHost };

/** Letters of the local part that mail servers take unquoted (RFC 5322 atext). */
const localPart = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;

/**
 * Refuses a bad address for a contact and the first login. The part before the @ is ASCII, as most mail servers demand; the domain
 * may hold å, ä, ö and other letters, because .se domains do.
 */
export function refuseEmail(text: string): Refusal | undefined {
  const remedy = "write one plain address, such as kontoret@example.se";
  if (/[\r\n]/.test(text)) return { why: "it holds a line break, which could add headers to a mail", remedy };
  if (/[\s\p{Cc}\p{Cf}]/u.test(text)) return { why: "it holds spaces or invisible characters", remedy };
  if (/[<>,;]/.test(text)) return { why: "it is a list or carries a display name", remedy };
  const parts = text.split("@");
  const [local, domain] = parts;
  if (parts.length !== 2 || local === undefined || domain === undefined) {
    return { why: parts.length < 2 ? "it holds no @" : "it holds more than one @", remedy };
  }
  if (local.length > 64 || text.length > 254)
    return { why: "it is longer than mail allows (64 before the @, 254 in all)", remedy };
  if (!localPart.test(local)) {
    return {
      why: "before the @ only a–z, digits and .!#$%&'*+/=?^_`{|}~- may stand, with dots only between them",
      remedy,
    };
  }
  const ascii = /^[\p{L}\p{M}\p{N}.-]+$/u.test(domain) ? domainToASCII(domain) : "";
  if (!hostPattern.test(ascii)) return { why: "what follows the @ is not a domain", remedy };
  return undefined;
}

/** Refuses a bad name. Pages and mails show names, and SQL takes them only as parameters: anything that prints may stand in them. */
export function refuseDisplayName(text: string): Refusal | undefined {
  const remedy = "write the name on one line, as it should be shown";
  if (holdsLogin(text)) return { why: "it holds a login with its password, or what looks like one", remedy };
  if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(text)) return { why: "it holds a line break or another control character", remedy };
  // With overrides and isolates a name could show as another.
  if (/[\u202a-\u202e\u2066-\u2069]/u.test(text))
    return { why: "it holds a character that turns the direction of the text around", remedy };
  if (/[\p{Cs}\p{Noncharacter_Code_Point}]/u.test(text)) return { why: "it holds a code that is no character", remedy };
  if (!/[^\s\p{Cf}\p{M}]/u.test(text)) return { why: "nothing of it would be visible", remedy };
  if ([...text].length > 200) return { why: "it is longer than 200 characters", remedy };
  return undefined;
}
