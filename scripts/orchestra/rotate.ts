import { UserError } from "../../infra/errors.ts";
import { setOrchestraKey } from "../stack/editStackFile.ts";
import type { OrchestraPlan } from "../../infra/plan/planOrchestras.ts";
import { changeStackFile, printStackChange } from "../stack/changeStackFile.ts";
import { planStackText } from "../stack/stackFile.ts";
import { chooseOrchestras } from "../cli/chooseOrchestras.ts";
import { StackCommand, type StackOptions } from "../cli/stackCommand.ts";

interface Options extends StackOptions {
  all?: true;
}

/** `rotate <ids…>`: raises the version of orchestras' database passwords in the stack file; `pulumi up` makes them. */
export default function rotateCommand(): StackCommand {
  return new StackCommand("rotate")
    .description(
      "Raises passwordVersion of orchestras in the stack file. The next `pulumi up` makes new database passwords: the app gets another login, " +
        "which its row in the main database follows, and the one before works for three more days; the owning role of a Supabase project gets another password.",
    )
    .argument("[ids...]", "whose")
    .option("--all", "every orchestra of the stack file")
    .withDryRun()
    .withJson()
    .action((ids: string[], options: Options) => rotate(ids, options));
}

async function rotate(ids: string[], { stack, all, dryRun, json }: Options): Promise<void> {
  if (all ? ids.length > 0 : ids.length === 0)
    throw new UserError("command-line", "Expected either orchestras' ids or --all. Nothing was written.");
  let chosen: OrchestraPlan[] = [];
  const change = await changeStackFile(
    stack,
    (text) => {
      chosen = chooseOrchestras(planStackText(stack, text).orchestras, ids).filter(({ id, state }) => {
        if (state === "retired" && !all)
          throw new UserError("command-line", `${id} is retired: its app's login is shut out. Nothing was written.`);
        return state !== "retired";
      });
      return chosen.reduce(
        (edited, { id, passwordVersion }) => setOrchestraKey(edited, id, "passwordVersion", passwordVersion + 1),
        text,
      );
    },
    { dryRun },
  );
  const rotated = chosen.map(describe);
  printStackChange(stack, change, json, { rotated }, (next) => [
    ...rotated.map(
      ({ id, login, before }) => `${id}: the app's login will be ${login}, and ${before} works for three more days.`,
    ),
    `Next: ${next}`,
  ]);
}

function describe({ id, appRole, passwordVersion }: OrchestraPlan) {
  return { id, login: `${appRole}_${passwordVersion + 1}`, before: `${appRole}_${passwordVersion}` };
}
