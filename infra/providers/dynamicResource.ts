import * as pulumi from "@pulumi/pulumi";

/**
 * A dynamic resource of kind `Passwords`, say, whose work lives in `infra/providers/passwordsProvider.ts`, exported as `provider`.
 *
 * Pulumi's own `dynamic.Resource` serialises a provider object into the state of every resource that uses it, and loads the
 * TypeScript compiler to do so. Here that text is written by hand, and the same for each resource of a kind: a provider with
 * `configure` alone, which Pulumi calls once after it has brought the text to life, and which takes all other methods from
 * the code that stands on disk. So state stays small and names no secret, and a change of the code changes no resource.
 */
export abstract class DynamicResource extends pulumi.CustomResource {
  constructor(kind: string, name: string, properties: pulumi.Inputs, opts: pulumi.CustomResourceOptions | undefined) {
    const type = `pulumi-nodejs:dynamic/stagesub:${kind}`;
    super(type, name, { ...properties, __provider: providerText(kind) }, opts);
  }
}

/**
 * What `@pulumi/pulumi/cmd/dynamic-provider` evaluates. Its process has the folder of `main` (infra/) as its working directory
 * and knows CommonJS only, hence `require` and tsx's hook for it. It must not wait: a second call may already be on its way.
 */
export function providerText(kind: string): string {
  const module = `${kind[0]!.toLowerCase()}${kind.slice(1)}Provider`;
  return `exports.handler = () => ({
  configure(request) {
    require("tsx/cjs");
    require(process.cwd() + "/providers/lifecycle.ts").leaveWithEngine();
    const { provider } = require(process.cwd() + "/providers/${module}.ts");
    Object.assign(this, provider);
    return provider.configure ? provider.configure(request) : Promise.resolve();
  },
});
`;
}
