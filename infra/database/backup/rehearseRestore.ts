import { UserError } from "../../errors.ts";
import type { Manifest } from "./manifest.ts";
import { findPostgresPrograms } from "../programs/findPostgresPrograms.ts";
import { restoreDatabase } from "./restoreDatabase.ts";
import { withThrowAwayServer } from "../programs/withThrowAwayServer.ts";

/** Restores a backup into a throw-away PostgreSQL and compares. @throws {UserError} if the restore fails or its result differs */
export async function rehearseRestore(file: string, { server, role, key }: Manifest): Promise<void> {
  const programs = await findPostgresPrograms(Number.parseInt(server), "client and server programs");
  await withThrowAwayServer(programs, role, async (connection) => {
    await restoreDatabase({ connection, path: file }).catch((error: Error) => {
      throw new UserError(
        "restore-failed",
        `The backup of ${key} cannot be restored: tried in a throw-away PostgreSQL. ${error.message}`,
      );
    });
  });
}
