/** @typedef {typeof import("./resources/start.ts")} Program */

const methods = /** @type {const} */ (["configure", "check", "diff", "create", "read", "update", "delete"]);

/** @type {Promise<Program> | undefined} */
let program;

/**
 * Returns the provider of a kind of dynamic resource, whose text in the state calls this: see resources/dynamicResource.ts. Pulumi's provider
 * process takes it at once, and waits for what its methods return.
 *
 * @param {Parameters<Program["start"]>[0]} kind
 */
module.exports = (kind) => {
  program ??= load();
  const provider = program.then(({ start }) => start(kind));
  return Object.fromEntries(
    methods.map((method) => [
      method,
      /** @param {any[]} args */ async (...args) => /** @type {any} */ (await provider)[method](...args),
    ]),
  );
};

async function load() {
  const { loadProgram } = await import("./util/loadProgram.js");
  return /** @type {Program} */ (await loadProgram("infra/resources/start.ts"));
}
