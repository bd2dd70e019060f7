import { foldToAscii, idRules, subdomainRules } from "../../infra/config/schema/names.ts";
import { refuseText } from "../../infra/config/schema/textField.ts";
import { holdsLogin } from "../../infra/util/text.ts";

/** Words that say what an orchestra is, not which. */
const kind = /orkest|orchest|symfoni|symphon|sinfoni|filharmoni|philharmoni|ensemble|^(the|og|och|and)$/;

/** Göteborgs, Norrköpings: names whose genitive is certain. Västerås and Borås end with s by themselves. */
const genitive = /(borg|koping|stad|sund|vall|holm|berg|hamn|lund|operan)s$/;

/**
 * Suggests an id, which is the subdomain too, for an orchestra's name: "Gävle Symfoniorkester" → "gavle". It breaks no rule and is none of
 * `taken`; undefined where the name has letters without a Latin form.
 */
export function suggestId(name: string, taken: ReadonlySet<string>): string | undefined {
  // No part of a connection URL may show, not even in an id.
  const words = foldToAscii(holdsLogin(name) ? "unnamed" : name).split("-");
  const telling = words.filter((word) => !kind.test(word)).map((word) => word.replace(genitive, "$1"));
  const bases = [telling.slice(0, 3), words].map((parts) => trim(parts.join("-"))).filter(Boolean);
  const numbered = Array.from({ length: 99 }, (_, index) => `${bases[0]}-${index + 2}`);
  return [...bases, ...(bases.length > 0 ? numbered : [])].find(
    (id) => !taken.has(id) && !refuseText(id, idRules) && !refuseText(id, subdomainRules),
  );
}

/** Cuts a base so that a number fits behind it. */
function trim(text: string): string {
  return text.slice(0, 37).replace(/^[-0-9]+|-+$/g, "");
}
