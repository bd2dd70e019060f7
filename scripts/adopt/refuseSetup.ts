import type { Connection } from "../../infra/database/connection/connection.ts";
import { leadsToSame } from "../../infra/database/connection/databaseAddress.ts";
import { type OrchestraRow, readOrchestraRows } from "../../infra/database/registry/orchestraRows.ts";
import { checkOwner } from "../../infra/database/tenant/owner.ts";
import { findKnownDatabase, lookInside } from "./lookInside.ts";
import type { OpenStack } from "../stack/openStack.ts";
import { UserError } from "../../infra/errors.ts";

interface Target {
  url: string;
  subdomain: string;
}

/** Looks for other rows of the main database in the way. @throws {UserError} where the subdomain or the database is another's */
export async function refuseRows(stack: OpenStack, id: string, { url, subdomain }: Target): Promise<void> {
  const rows = await readOrchestraRows(stack.registry);
  const isOwn = ({ registration }: OrchestraRow) => registration?.stack === stack.name && registration.orchestra === id;
  const leadsHere = ({ databaseUrl }: OrchestraRow) => databaseUrl !== null && leadsToSame(databaseUrl, url);

  const own = rows.find((row) => isOwn(row) || row.subdomain === subdomain);
  if (own && !isOwn(own)) {
    const { registration, name } = own;
    if (registration)
      throw new UserError(
        "subdomain-taken",
        `Refusing to take over the subdomain ${subdomain}: it belongs to ${registration.orchestra} of stack ${registration.stack} (${name}).`,
      );
    if (own.databaseUrl && !leadsHere(own))
      throw new UserError(
        "subdomain-taken",
        `Refusing to take over the subdomain ${subdomain}: the main database has a row of ${name} whose "databaseUrl" leads to another database. ` +
          `If it is the same orchestra, bring it in with its own database: ./stagesub import ${subdomain} -s ${stack.name}.`,
      );
  }
  const other = rows.find((row) => row !== own && leadsHere(row));
  if (other)
    throw new UserError(
      "adoption-refused",
      `Refusing to give ${id} this database: ${other.name} (${other.subdomain}) has it, says the main database. Give one of its own.`,
    );
}

/**
 * Looks at the database that is to become the orchestra's.
 *
 * @throws {UserError} where it is the main database, another orchestra's or the pool's, holds what this program did not
 *   make, or the role may not migrate
 */
export async function inspectTarget(
  stack: OpenStack,
  { id, request, connection }: { id: string; request: Target; connection: Connection },
): Promise<{ hasAdministrator: boolean }> {
  const known = findKnownDatabase(stack, request.url);
  if (known !== undefined && known !== id)
    throw new UserError(
      "adoption-refused",
      `Refusing to give ${id} this database: it is ${describe(known)}. Give one of its own.`,
    );
  const inside = await lookInside(id, connection);
  if (inside.kind === "foreign")
    throw new UserError(
      "adoption-refused",
      `${inside.reason} If it is this orchestra's and the app made it, register it on the superadmin page, then: ` +
        `./stagesub import ${request.subdomain} -s ${stack.name}.`,
    );
  if (!inside.canMigrate)
    throw new UserError(
      "adoption-refused",
      `Expected a role that may make schemas and roles in ${id}'s database, got ${connection.user}, which may not. Give the owner's URL.`,
    );
  if (inside.kind === "empty") return { hasAdministrator: false };
  const owner = { orchestra: id, name: "", administrator: { name: "", email: "", password: "" } };
  checkOwner(inside.owner, { key: id, stack: stack.name }, owner);
  return { hasAdministrator: inside.owner?.administratorId != null };
}

function describe(key: string): string {
  if (key === "the main database") return key;
  return /^pool-\d+$/.test(key) ? `${key} of the pool` : `${key}'s`;
}
