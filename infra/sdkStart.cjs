const Module = require("node:module");
const settings = require("@pulumi/pulumi/runtime/settings");
const { ResourceInvokeRequest } = require("@pulumi/pulumi/proto/resource_pb");

// The workarounds that must come before Pulumi's SDK is loaded as a whole: see infra/sdk.ts.

/**
 * Has the SDK load the TypeScript compiler only once it asks something of it. It needs the compiler to serialise functions, which this
 * program never asks for (infra/resources/dynamicResource.ts), and loading it takes a sixth of the program's time.
 */
function deferTypeScript() {
  const file = require.resolve("@pulumi/pulumi/typescript-shim");
  const load = () => {
    if (require.cache[file] === deferred) delete require.cache[file];
    return require(file);
  };
  const deferred = Object.assign(new Module(file), {
    loaded: true,
    exports: new Proxy({}, { get: (_, name) => load()[name] }),
  });
  require.cache[file] = deferred;
}

/**
 * Has the engine start the process of the dynamic resources while the program is still loading and looking around, instead of once the first
 * of them is registered: it takes as long as the program. Any request to that provider does so; this one asks for a function, of which
 * it has none, and nobody waits for the answer. Nothing is registered.
 */
function startProvider() {
  const request = new ResourceInvokeRequest();
  request.setTok("pulumi-nodejs:dynamic:Nothing");
  settings.getMonitor()?.invoke(request, () => undefined);
}

deferTypeScript();
startProvider();
