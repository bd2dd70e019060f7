import { UserError } from "../../errors.ts";
import { appendAudit } from "./audit.ts";
import type { Connection } from "../connection/connection.ts";
import { withRegistry } from "./registration.ts";

/**
 * Makes an orchestra's row another stack's, with an entry in the log of both. The row itself stays as it is. Does nothing if the other stack
 * has it already.
 *
 * @throws {UserError} where neither stack has registered it, or both
 */
export async function moveRegistration(
  connection: Connection,
  orchestra: string,
  from: string,
  to: string,
): Promise<void> {
  await withRegistry(connection, { stack: from, orchestra }, async (client) => {
    const { rows } = await client.query<{ stack: string }>(
      "SELECT stack FROM stagesub.registration WHERE orchestra = $1 AND stack IN ($2, $3)",
      [orchestra, from, to],
    );
    if (rows.length !== 1)
      throw new UserError(
        "move-refused",
        `Expected ${orchestra} to be registered by one of the stacks ${from} and ${to}, found ${rows.length === 0 ? "neither" : "both"}.`,
      );
    if (rows[0]!.stack === to) return;
    const update = "UPDATE stagesub.registration SET stack = $3 WHERE orchestra = $1 AND stack = $2";
    await client.query(update, [orchestra, from, to]);
    await appendAudit(client, [
      { stack: from, orchestra, action: "transferred", detail: { to } },
      { stack: to, orchestra, action: "transferred", detail: { from } },
    ]);
  });
}
