import { idRules, subdomainRules } from "../../infra/config/schema/names.ts";
import { refuseText } from "../../infra/config/schema/textField.ts";
import { holdsLogin } from "../../infra/util/text.ts";

/** Words that say what an orchestra is, not which. */
const kinds =
  /^(symfoni|symphony|kammar|filharmoni|philharmoni|radio|ungdoms|barock|blasar|strak|opera)?(orkest(er|ern|rar)|orchestra|orchester)$|^(blasar)?(symfoniker|filharmoniker)(na)?$|^(sinfonietta|philharmonic|symphony|filharmoni|ensemble|the|og|och|and)$/;

/** Adjectives that need the word after them to mean anything. */
const adjectives = /^(svenska|kungliga|nya|nordiska|stora|det|den|royal|swedish)$/;

/** Goteborgs, norrkopings: names whose genitive is certain. Västerås and Borås end with s by themselves. */
const genitive = /(borg|koping|stad|sund|vall|holm|berg|hamn|lund|stock|gard|fors|operan)s$/;

/**
 * Suggests an id, which is the subdomain too, for an orchestra's name: "Gävle Symfoniorkester" → "gavle". It breaks no
 * rule and is none of `taken`; undefined where the name has no letter of the Latin alphabet.
 */
export function suggestId(name: string, taken: ReadonlySet<string>): string | undefined {
  // No part of a connection URL may show, not even in an id.
  const words = foldToAscii(holdsLogin(name) ? "unnamed" : name)
    .split("-")
    .filter(Boolean);
  const telling = words.filter((word) => !kinds.test(word)).map((word) => word.replace(genitive, "$1"));
  const short = telling.length === 0 || telling.every((word) => adjectives.test(word)) ? words : telling;
  const bases = [short.slice(0, 3), words].map((parts) => trim(parts.join("-"), 40)).filter(Boolean);
  const numbered = bases
    .slice(0, 1)
    .flatMap((base) => Array.from({ length: 99 }, (_, n) => `${trim(base, 37)}-${n + 2}`));
  return [...bases, ...numbered].find((id) => !taken.has(id) && isAllowed(id));
}

/** "Ærø Straße" → "aero-strasse": letters that are no a–z become those that stand for them, all else becomes hyphens. */
export function foldToAscii(text: string): string {
  const plain = text.toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "");
  return plain
    .replace(/[øæßœłđðþıħŧ]/g, (letter) => letters[letter] ?? "")
    .replace(/['’]/g, "")
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
}

const letters: Record<string, string> = {
  ø: "o",
  æ: "ae",
  ß: "ss",
  œ: "oe",
  ł: "l",
  đ: "d",
  ð: "d",
  þ: "th",
  ı: "i",
  ħ: "h",
  ŧ: "t",
};

function trim(text: string, length: number): string {
  return text.slice(0, length).replace(/^[-0-9]+|-+$/g, "");
}

function isAllowed(id: string): boolean {
  return refuseText(id, idRules) === undefined && refuseText(id, subdomainRules) === undefined;
}
