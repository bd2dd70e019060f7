import * as pulumi from "@pulumi/pulumi";

/**
 * A dynamic resource of kind `OrchestraDatabase`, say, whose work lives in `infra/resources/orchestraDatabaseProvider.ts`.
 *
 * Pulumi's own `dynamic.Resource` serialises a provider object into the state of every resource that uses it, and loads the
 * TypeScript compiler to do so. Here that text is written by hand, the same for each resource of a kind, and takes the provider from the
 * code that stands on disk. So state stays small and names no secret, and a change of the code changes no resource.
 */
export abstract class DynamicResource extends pulumi.CustomResource {
  constructor(kind: string, name: string, properties: pulumi.Inputs, opts: pulumi.CustomResourceOptions | undefined) {
    const type = `pulumi-nodejs:dynamic/stagesub:${kind}`;
    super(type, name, { ...properties, __provider: providerText(kind) }, opts);
  }
}

/**
 * Returns the text that `@pulumi/pulumi/cmd/dynamic-provider` evaluates. It stands in the state twice for each resource, hence it is short. Its process has
 * the folder of `main` (infra/) as its working directory and knows CommonJS only.
 */
export function providerText(kind: string): string {
  return `exports.handler = () => (require("tsx/cjs"), require(process.cwd() + "/resources/start.ts").start("${kind}"))`;
}
