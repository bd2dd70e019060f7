import { readSettings } from "./settings.ts";
import { supervise } from "./supervise/supervise.ts";

/**
 * The process behind the local cloud: `node local/cloud/main.js <state directory>`. People use
 * `./stagesub local`.
 */
const dir = process.argv[2];
const settings = dir === undefined ? undefined : await readSettings(dir);
if (!settings)
  throw new Error("Expected the state directory of a local cloud. Start it with `./stagesub local start`.");
await supervise(settings);
