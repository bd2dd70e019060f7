import { groupMessages, type Message } from "./groupMessages.ts";
import type { Step } from "./previewDigest.ts";
import type { OrchestraChange } from "./readOrchestraChanges.ts";

/** What the preview means that the program itself does not warn of. */
export function readWarnings(
  steps: readonly Step[],
  orchestras: readonly OrchestraChange[],
  said: readonly Message[],
  names: ReadonlySet<string>,
): Message[] {
  const isSaid = (id: string) =>
    said.some(({ text, alsoFor }) => text.startsWith(`${id} is deleted`) || alsoFor.includes(id));
  const warnings = [
    ...warnOfLoss(steps).filter(({ key }) => !isSaid(key)),
    ...orchestras.flatMap(({ id, details }) => details.flatMap((detail) => warnOfMove(id, detail))),
    ...steps.filter(({ op, protect }) => op !== "delete" && protect.before && !protect.after).map(warnOfProtection),
  ];
  return groupMessages(
    warnings.map(({ text }) => text),
    names,
  );
}

interface Warning {
  key: string;
  text: string;
}

/** Databases that go, or that Pulumi would make anew in the place of those that hold the data. */
function warnOfLoss(steps: readonly Step[]): Warning[] {
  const holders = steps.filter(
    ({ kind, op }) =>
      ["Project", "OrchestraDatabase", "RegistryDatabase"].includes(kind) && (op === "delete" || op === "replace"),
  );
  return [...new Set(holders.map(({ name }) => name))].map((key) => {
    const own = holders.filter(({ name }) => name === key);
    const verb = own.some(({ op }) => op === "replace") ? "replaced by an empty one" : "deleted";
    const loss = `${key}: its database is ${verb}, and what it holds is lost.`;
    const isProtected = own.some(({ protect }) => protect.before);
    return { key, text: isProtected ? `${loss} It is protected, so \`pulumi up\` will refuse.` : loss };
  });
}

function warnOfMove(id: string, { what, from, to }: OrchestraChange["details"][number]): Warning[] {
  if (what !== "address") return [];
  const where = from === undefined || to === undefined ? "another address" : `${to}; ${from}`;
  const old = from === undefined || to === undefined ? "; the one of before" : "";
  return [{ key: id, text: `${id} moves to ${where}${old} stops working.` }];
}

function warnOfProtection({ kind, name }: Step): Warning {
  return { key: name, text: `${name}: Pulumi would no longer refuse to delete it (${kind}).` };
}
