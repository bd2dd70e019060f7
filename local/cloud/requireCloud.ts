import { UserError } from "../../infra/errors.ts";
import { quoteForShell } from "../../infra/util/text.ts";
import { askHealth } from "./control/askControl.ts";
import { findStateDir } from "./findStateDir.ts";
import { type CloudSettings, readSettings } from "./settings.ts";

/**
 * Returns the settings of a local cloud that runs.
 *
 * @throws {UserError} where none was ever started in the folder, or it is stopped
 */
export async function requireCloud(dir: string): Promise<CloudSettings> {
  const settings = await readSettings(dir);
  const start = `Start it: ./stagesub local${dir === findStateDir("") ? "" : ` --dir ${quoteForShell(dir)}`} start`;
  if (settings === undefined)
    throw new UserError("local-cloud-stopped", `No local cloud was ever started in ${dir}. ${start}`);
  if ((await askHealth(settings)) === undefined)
    throw new UserError("local-cloud-stopped", `The local cloud is not running. ${start}`);
  return settings;
}
