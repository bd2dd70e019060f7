import type * as pulumi from "@pulumi/pulumi";

/**
 * The provider object of a dynamic resource whose work lives in `infra/providers/<module>.ts`, exported as `provider`.
 *
 * Pulumi serialises a provider object into the state of every resource that uses it, and calls `configure` once after
 * it has brought one back to life. This one is a stub with that method alone: it captures the module's name, and takes all
 * other methods from the code that stands on disk. So state stays small and names no secret, and a change of the
 * code changes no resource. The process that runs it has the folder of `main` (infra/) as its working directory and
 * knows CommonJS only, hence `require` and tsx's hook for it. It must not wait: a second call may already be on its way.
 *
 * Call it once per module: Pulumi caches the serialised text by the object's identity.
 */
export function dynamicProvider(module: string): pulumi.dynamic.ResourceProvider {
  const stub: Pick<pulumi.dynamic.ResourceProvider, "configure"> = {
    configure() {
      require("tsx/cjs");
      Object.assign(this, require(`${process.cwd()}/providers/${module}.ts`).provider);
      return Promise.resolve();
    },
  };
  return stub as pulumi.dynamic.ResourceProvider;
}

/** Present where the stub runs; this module itself is ESM and must not call it. */
declare const require: (id: string) => { provider: object };
