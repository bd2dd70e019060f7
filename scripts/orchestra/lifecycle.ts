import type { LifecycleState } from "../../infra/config/schema/orchestraSchema.ts";
import { setOrchestraKey } from "../stack/editStackFile.ts";
import type { OrchestraPlan } from "../../infra/plan/planOrchestras.ts";
import { changeStackFile, printStackChange } from "../stack/changeStackFile.ts";
import { planStackText } from "../stack/stackFile.ts";
import { chooseOrchestras } from "../cli/chooseOrchestras.ts";
import { StackCommand, type StackOptions } from "../cli/stackCommand.ts";

interface Step {
  to: LifecycleState;
  description: string;
  /** Says, after "gavle: ", what the next `up` does. */
  announce: (orchestra: OrchestraPlan, stack: string) => string;
}

const steps: Record<string, Step> = {
  suspend: {
    to: "suspended",
    description: "Writes `state: suspended` to orchestras in the stack file: their pages say so and nobody signs in.",
    announce: () => "its page will say that it is suspended, and nobody signs in; data, name and migrations stay.",
  },
  resume: {
    to: "active",
    description: "Writes `state: active` to orchestras in the stack file, whether they were suspended or retired.",
    announce: ({ state }) =>
      state === "retired"
        ? "it will open again, with the data that it had. If its project was paused, `up` restores it first, which takes minutes."
        : "it will open again.",
  },
  retire: {
    to: "retired",
    description:
      "Writes `state: retired` to orchestras in the stack file: the next `pulumi up` shuts the app out of their databases, backs them up and " +
      "verifies the files, pauses their Supabase projects and takes their names away. Nothing is deleted but the DNS record.",
    announce: ({ host }, stack) =>
      `its database will be backed up into backups/${stack}/, the app shut out, its project paused, and ${host} taken away; its data stays. ` +
      "After that `up`, `protect: false` among its lines allows the change that takes them out, which deletes its data.",
  },
};

/** Returns `suspend`, `resume` or `retire`: closes orchestras for a while, opens them again, or ends them. */
export default function lifecycleCommand(name: string): StackCommand {
  const step = steps[name]!;
  return new StackCommand(name)
    .description(`${step.description} \`pulumi up\` makes it so.`)
    .argument("<ids...>", "whose")
    .withDryRun()
    .withJson()
    .action((ids: string[], options: StackOptions) => take(step, ids, options));
}

async function take(step: Step, ids: string[], { stack, dryRun, json }: StackOptions): Promise<void> {
  let chosen: OrchestraPlan[] = [];
  const isChanged = ({ state }: OrchestraPlan) => state !== step.to;
  const change = await changeStackFile(
    stack,
    (text) => {
      chosen = chooseOrchestras(planStackText(stack, text).orchestras, ids);
      return chosen.filter(isChanged).reduce((edited, orchestra) => edit(edited, orchestra, step.to), text);
    },
    { dryRun },
  );
  if (!json) {
    for (const { id, state } of chosen) if (state === step.to) console.log(`${id} is ${state} already.`);
    if (change.after === change.before) return;
  }
  const orchestras = chosen.map(({ id, state }) => ({ id, from: state, to: step.to }));
  printStackChange(stack, change, json, { orchestras }, (next) => [
    ...chosen.filter(isChanged).map((orchestra) => `${orchestra.id}: ${step.announce(orchestra, stack)}`),
    `Next: ${next}`,
  ]);
}

/** Edits the entry. Only a retired orchestra may be without protection. */
function edit(text: string, { id, released }: OrchestraPlan, state: LifecycleState): string {
  const edited = setOrchestraKey(text, id, "state", state);
  return released ? setOrchestraKey(edited, id, "protect", true) : edited;
}
