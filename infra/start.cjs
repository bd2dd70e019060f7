/** @typedef {typeof import("./resources/start.ts")} Program */

const methods = /** @type {const} */ (["configure", "check", "diff", "create", "read", "update", "delete"]);

/** @typedef {Record<typeof methods[number], (...args: unknown[]) => unknown>} Provider */

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
  const provider = program.then(({ start }) => /** @type {Provider} */ (start(kind)));
  return Object.fromEntries(
    methods.map((method) => [
      method,
      /** @param {unknown[]} args */ async (...args) => (await provider)[method](...args),
    ]),
  );
};

async function load() {
  const { loadProgram } = await import("./util/loadProgram.js");
  return /** @type {Program} */ (await loadProgram("infra/resources/start.ts"));
}
