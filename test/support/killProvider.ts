import { expect } from "vitest";

import {
  ensureOrchestraDatabase,
  type OrchestraDatabaseSpec,
} from "../../infra/database/tenant/ensureOrchestraDatabase.ts";
import { readMigrations } from "../../infra/database/migrations/readMigrations.ts";
import { readSeeds } from "../../infra/database/seeds/readSeeds.ts";
import { readSchemaFiles } from "../../infra/database/schema/readSchemaFiles.ts";
import { digestOfAll, type Digests, shortDigest } from "../../infra/util/digest.ts";
import type { OrchestraDatabaseInputs } from "../../infra/resources/orchestraDatabase.ts";
import { describeDatabase } from "./describeDatabase.ts";
import type { DynamicProvider } from "./dynamicProvider.ts";
import { type Halt, startStatementProxy } from "./statementProxy.ts";

/**
 * Has a provider migrate and seed an empty database through a proxy, kills it with SIGKILL at one statement, and runs it all again.
 *
 * @returns what the database holds in the end; undefined where the run had fewer statements
 */
export async function killProviderAt(
  halt: Halt,
  provider: DynamicProvider,
  spec: OrchestraDatabaseSpec,
): Promise<object | undefined> {
  const proxy = await startStatementProxy(spec.connection.port, halt);
  try {
    const created = provider.create("OrchestraDatabase", toInputs(spec, proxy.port)).then(
      () => "created",
      () => "lost" as const,
    );
    const outcome = await Promise.race([proxy.halted.then(() => "halted"), created]);
    await provider.kill();
    if (outcome === "created") return undefined;
    expect(outcome).toBe("halted");
  } finally {
    await proxy.close();
  }
  await ensureOrchestraDatabase(spec);
  return describeDatabase(spec);
}

/** Returns the inputs that the program gives the resource for such a database. */
export function toInputs(spec: OrchestraDatabaseSpec, port: number): OrchestraDatabaseInputs {
  const { key, stack, connection, appRole, migrations, seeds } = spec;
  const owner = spec.owner!;
  const { password: _, ...administrator } = owner.administrator;
  return {
    key,
    stack,
    connection: { ...connection, port },
    appRole: appRole.name,
    appRoleVersion: appRole.version,
    owner: { ...owner, administrator },
    migrations: digestsOf(readMigrations(migrations)),
    schemaFiles: digestsOf(readSchemaFiles(migrations)),
    seeds: digestOfAll(digestsOf(readSeeds(seeds).files, (sha256) => sha256)),
  };
}

export function digestsOf(files: readonly { file: string; sha256: string }[], form = shortDigest): Digests {
  return Object.fromEntries(files.map(({ file, sha256 }) => [file, form(sha256)]));
}
