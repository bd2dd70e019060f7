import { UserError } from "../../errors.ts";
import type { Migration } from "./readMigrations.ts";

/**
 * Returns the error for a migration that fails.
 *
 * @param says the reason; the review of new migrations shows it without `advice`, which is for whoever migrates a database in use
 */
export function migrationFailed(
  { file, path }: Pick<Migration, "file" | "path">,
  line: number,
  says: string,
  { advice, sqlState }: { advice?: string; sqlState?: string | undefined } = {},
): UserError {
  const message = `${path}:${line}: ${says}${advice === undefined ? "" : ` ${advice}`}`;
  return new UserError("migration-failed", message, { sqlState, files: [{ file, line, says }] });
}
