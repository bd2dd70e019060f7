import type { OrchestraPlan } from "../../../infra/plan/planOrchestras.ts";
import type { Plan } from "../../../infra/plan/planStack.ts";
import type { OpenStack } from "../../stack/openStack.ts";

/** An orchestra as a visitor ought to find it. */
export interface VerifyTarget extends Pick<OrchestraPlan, "id" | "host" | "url" | "state"> {
  /** The target that its CNAME must have; behind Cloudflare's proxy a visitor sees addresses instead. */
  app: Pick<Plan["app"], "target" | "proxied">;
  /** The first administrator's; undefined where only whoever made it by hand knows it. Secret. */
  oneTimePassword: string | undefined;
}

/** Returns every orchestra that the stack file declares, by id. */
export function verifyTargets({ plan, outputs }: Pick<OpenStack, "plan" | "outputs">): VerifyTarget[] {
  return plan.orchestras.map(({ id, host, url, state }) => {
    return { id, host, url, state, app: plan.app, oneTimePassword: outputs.administrators[id]?.oneTimePassword };
  });
}
