import * as pulumi from "@pulumi/pulumi";

/** The arguments of a dynamic resource: its inputs, some of which are known only later. */
export type Args<Inputs> = { [Key in keyof Inputs]: pulumi.Input<Inputs[Key]> };

/**
 * A dynamic resource; `infra/resources/orchestraDatabaseProvider.ts`, for example, does the work of the kind `OrchestraDatabase`.
 *
 * Pulumi's own `dynamic.Resource` serialises a provider object into the state of every resource that uses it, and loads the TypeScript
 * compiler to do so. Here that text is written by hand, the same for each resource of a kind, and loads the provider from the code on disk.
 * So the state stays small and holds no secret, and a change of the code changes no resource.
 */
export abstract class DynamicResource<State> extends pulumi.CustomResource {
  /** The provider's findings: see the kind's `…State`. */
  declare readonly state: pulumi.Output<State>;

  constructor(kind: string, name: string, args: pulumi.Inputs, opts: pulumi.CustomResourceOptions | undefined) {
    const type = `pulumi-nodejs:dynamic:${kind}`;
    super(type, name, { ...args, state: undefined, __provider: providerText(kind) }, opts);
  }
}

/**
 * Returns the text that `@pulumi/pulumi/cmd/dynamic-provider` evaluates, as CommonJS in the folder of `main` (infra/). The state has it twice
 * for each resource, so it is short.
 */
export function providerText(kind: string): string {
  return `exports.handler=()=>require('./start.cjs')('${kind}')`;
}
