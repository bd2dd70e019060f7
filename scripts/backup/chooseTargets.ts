import { UserError } from "../../infra/errors.ts";
import { registryName } from "../../infra/database/registry/audit.ts";
import type { Connection } from "../../infra/database/connection/connection.ts";
import { mainDatabaseName } from "../../infra/database/registry/registryDatabase.ts";
import { keyOf } from "../../infra/plan/planOrchestras.ts";
import type { OpenStack } from "../stack/openStack.ts";

/** A database to back up. */
export interface BackupTarget {
  /** Its name on the command line: an orchestra's id, or `registry`. */
  name: string;
  /** The database's own name: "malmo", "pool-3" or "the main database". */
  key: string;
  /** Undefined where no `up` has made it yet, and where its orchestra is retired. */
  connection: Connection | undefined;
  /** Its orchestra is retired: it was backed up for that, and may be paused. */
  retired: boolean;
  /** The group of the app's logins; none in the main database. */
  appRole?: string;
}

/** Returns the named databases, or the main one and those of all unretired orchestras. Ends with exit code 2 for an unknown name. */
export function chooseTargets(
  { plan, registry, migrators }: Pick<OpenStack, "plan" | "registry" | "migrators">,
  names: readonly string[],
): BackupTarget[] {
  const orchestras = plan.orchestras.map(({ id, database, state, appRole }) => {
    const key = keyOf({ id, database });
    return { name: id, key, connection: migrators[key], retired: state === "retired", appRole };
  });
  const all: BackupTarget[] = [
    { name: registryName, key: mainDatabaseName, connection: registry, retired: false },
    ...orchestras,
  ];
  const unknown = names.filter((name) => !all.some((target) => target.name === name));
  if (unknown.length > 0)
    throw new UserError(
      "command-line",
      `Expected orchestras of the stack file or registry, got ${unknown.map((name) => JSON.stringify(name)).join(", ")}. ` +
        `There are: ${all.map(({ name }) => name).join(", ")}.`,
    );
  return names.length === 0 ? all.filter(({ retired }) => !retired) : all.filter(({ name }) => names.includes(name));
}
