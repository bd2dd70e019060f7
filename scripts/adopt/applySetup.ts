import path from "node:path";
import { mkdir } from "node:fs/promises";

import { ensureOrchestraDatabase } from "../../infra/database/tenant/ensureOrchestraDatabase.ts";
import { ensureRegistration } from "../../infra/database/registry/registration.ts";
import { ensureRegistryDatabase, inspectRegistryDatabase } from "../../infra/database/registry/registryDatabase.ts";
import { sources } from "../../infra/database/sources.ts";
import { writePrivateFile } from "../cli/writePrivateFile.ts";
import { changeStackFile, type StackChange } from "../stack/changeStackFile.ts";
import { checkout } from "../../infra/util/checkout.ts";
import type { OpenStack } from "../stack/openStack.ts";
import type { Setup } from "./prepareSetup.ts";

/**
 * Does what was prepared, `Active` last of all. Interrupted anywhere it leaves what a rerun completes: the one-time password is in
 * its file before the administrator is made, and the stack file is written before the row.
 *
 * @returns the change of the stack file, and the file with the administrator's one-time password; none where an earlier run has made the
 *   administrator
 */
export async function applySetup(
  stack: OpenStack,
  setup: Setup,
  log: (line: string) => void,
): Promise<{ change: StackChange; passwordFile?: string }> {
  const { orchestra, connection, appRole, registration, oneTimePassword } = setup;
  const { id, name, url, contact } = orchestra;
  if (!(await inspectRegistryDatabase(stack.registry)))
    await ensureRegistryDatabase({ connection: stack.registry, migrations: sources.registryMigrations, log });

  const passwordFile = path.join(checkout, "passwords", stack.name, `${id}.txt`);
  if (oneTimePassword !== undefined) {
    await mkdir(path.dirname(passwordFile), { recursive: true, mode: 0o700 });
    await writePrivateFile(passwordFile, `${name}\n${url}\n${contact.email}\n${oneTimePassword}\n`);
  }
  await ensureOrchestraDatabase({
    connection,
    key: id,
    stack: stack.name,
    appRole,
    // An existing administrator keeps their password; this one is then unused.
    owner: { orchestra: id, name, administrator: { ...contact, password: oneTimePassword ?? "" } },
    migrations: sources.orchestraMigrations,
    seeds: sources.orchestraSeeds,
    log,
  });
  const change = await changeStackFile(stack.name, setup.change, { optionOf: setup.optionOf });
  await ensureRegistration(stack.registry, registration);
  log(`${id}: registered in the main database, Active`);
  return { change, ...(oneTimePassword !== undefined && { passwordFile }) };
}
