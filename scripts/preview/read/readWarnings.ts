import type { MarkedMessage } from "./messages.ts";
import type { Diagnostic, Step } from "./previewDigest.ts";
import type { OrchestraChange } from "./readOrchestraChanges.ts";

/** Warns of consequences of the preview that the program itself does not warn of. */
export function readWarnings(
  steps: readonly Step[],
  orchestras: readonly OrchestraChange[],
  diagnostics: readonly Diagnostic[],
): MarkedMessage[] {
  const deleted = new Set(diagnostics.flatMap(({ code, values }) => (code === "orchestra-deleted" ? values : [])));
  const moves = orchestras.flatMap(({ id, details }) =>
    details.flatMap(({ what, from, to }) => (what === "address" ? [{ id, from, to }] : [])),
  );
  return [
    ...warnOfLoss(steps.filter(({ name }) => !deleted.has(name))),
    ...moves.map(({ id, from, to }) => {
      const isKnown = from !== undefined && to !== undefined;
      const where = isKnown ? `${to}; ${from}` : "another address; the previous one";
      return { values: [id], text: `${id} moves to ${where} stops working.` };
    }),
    ...steps
      .filter(({ op, protect }) => op !== "delete" && protect.before && !protect.after)
      .map(({ kind, name }) => ({
        values: [name],
        text: `${name}: Pulumi would no longer refuse to delete it (${kind}).`,
      })),
  ];
}

/** Warns of databases that are deleted, or replaced by empty ones. */
function warnOfLoss(steps: readonly Step[]): MarkedMessage[] {
  const holders = steps.filter(
    ({ kind, op }) =>
      ["Project", "OrchestraDatabase", "RegistryDatabase"].includes(kind) && (op === "delete" || op === "replace"),
  );
  return [...new Set(holders.map(({ name }) => name))].map((key) => {
    const own = holders.filter(({ name }) => name === key);
    const verb = own.some(({ op }) => op === "replace") ? "replaced by an empty one" : "deleted";
    const loss = `${key}: its database is ${verb}, and all its data is lost.`;
    const isProtected = own.some(({ protect }) => protect.before);
    return { values: [key], text: isProtected ? `${loss} It is protected, so \`pulumi up\` will refuse.` : loss };
  });
}
