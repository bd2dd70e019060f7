import type { Diagnostic, Step } from "./previewDigest.ts";
import type { MarkedMessage } from "./readMark.ts";
import type { OrchestraChange } from "./readOrchestraChanges.ts";

/** Warns of consequences of the preview that the program itself does not warn of. */
export function readWarnings(
  steps: readonly Step[],
  orchestras: readonly OrchestraChange[],
  said: readonly Diagnostic[],
): MarkedMessage[] {
  const deleted = new Set(said.flatMap(({ code, values }) => (code === "orchestra-deleted" ? values : [])));
  return [
    ...warnOfLoss(steps.filter(({ name }) => !deleted.has(name))),
    ...orchestras.flatMap(({ id, details }) => details.flatMap((detail) => warnOfMove(id, detail))),
    ...steps.filter(({ op, protect }) => op !== "delete" && protect.before && !protect.after).map(warnOfProtection),
  ];
}

/** Warns of databases that go, or that Pulumi would replace with empty ones. */
function warnOfLoss(steps: readonly Step[]): MarkedMessage[] {
  const holders = steps.filter(
    ({ kind, op }) =>
      ["Project", "OrchestraDatabase", "RegistryDatabase"].includes(kind) && (op === "delete" || op === "replace"),
  );
  return [...new Set(holders.map(({ name }) => name))].map((key) => {
    const own = holders.filter(({ name }) => name === key);
    const verb = own.some(({ op }) => op === "replace") ? "replaced by an empty one" : "deleted";
    const loss = `${key}: its database is ${verb}, and what it holds is lost.`;
    const isProtected = own.some(({ protect }) => protect.before);
    return { values: [key], text: isProtected ? `${loss} It is protected, so \`pulumi up\` will refuse.` : loss };
  });
}

function warnOfMove(id: string, { what, from, to }: OrchestraChange["details"][number]): MarkedMessage[] {
  if (what !== "address") return [];
  const where = from === undefined || to === undefined ? "another address" : `${to}; ${from}`;
  const old = from === undefined || to === undefined ? "; the one of before" : "";
  return [{ values: [id], text: `${id} moves to ${where}${old} stops working.` }];
}

function warnOfProtection({ kind, name }: Step): MarkedMessage {
  return { values: [name], text: `${name}: Pulumi would no longer refuse to delete it (${kind}).` };
}
