/** A plan that cannot be, although each line of the stack file is right: shown without a stack, before anything is made. */
export class PlanError extends Error {
  override readonly name = "PlanError";
}
