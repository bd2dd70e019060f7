import { isDeepStrictEqual } from "node:util";

import { readPooler } from "../cloud/supabaseApi.ts";
import { type Connection, trust } from "../database/connection/connection.ts";
import { ensureOrchestraDatabase } from "../database/tenant/ensureOrchestraDatabase.ts";
import { inspectOrchestraDatabase } from "../database/tenant/inspectOrchestraDatabase.ts";
import { listDrift } from "../database/tenant/listDrift.ts";
import type { OrchestraDatabaseState } from "../database/tenant/orchestraState.ts";
import { readAuthority, sources } from "../database/sources.ts";
import { UserError } from "../errors.ts";
import { shortDigests } from "../util/digest.ts";
import { planPasswords, previousAdministratorPassword } from "../util/stackPasswords.ts";
import { checkOrchestraDatabase } from "./checkOrchestraDatabase.ts";
import { type Pooler, projectConnections } from "./connections.ts";
import { defineProvider } from "./lifecycle.ts";
import type { OrchestraDatabaseFound, OrchestraDatabaseInputs } from "./orchestraDatabase.ts";
import { awaitPooler, findTrouble } from "./ownProject.ts";
import { stackKeys, supabaseAccess } from "./runAccess.ts";

export const provider = defineProvider<OrchestraDatabaseInputs, OrchestraDatabaseFound>({
  ensure: async (inputs, before) => {
    if (inputs.retired) return { id: inputs.key, state: before?.state ?? { administrator: null } };
    const known = before?.project?.ref === inputs.project?.ref ? before?.state.pooler : undefined;
    const pooler = await requirePooler(inputs, known, before === undefined);
    const { key, stack, project, appRole, appRoleVersion, owner, migrations, schemaFiles, seeds } = inputs;
    const keys = stackKeys();
    const passwords = planPasswords(keys, key, appRoleVersion);
    const previousPassword = previousAdministratorPassword(keys, key);
    const administrator = { password: passwords.administrator, ...(previousPassword && { previousPassword }) };
    const state = await ensureOrchestraDatabase({
      key,
      stack,
      connection: migratorOf(inputs, pooler, passwords.owner),
      appRole: { name: appRole, version: appRoleVersion, password: passwords.app },
      ...(owner && { owner: { ...owner, administrator: { ...owner.administrator, ...administrator } } }),
      migrations: sources.orchestraMigrations,
      seeds: sources.orchestraSeeds,
      planned: { migrations, schemaFiles, ...(seeds !== undefined && { seeds }) },
      warn: (line) => console.log(line),
      // After a rotation, by this run or an earlier one, a pooler takes the previous password for a while.
      ...(project && { limits: { passwordMs: 60_000 } }),
    });
    for (const { text } of listDrift(state)) console.log(`${key}: left as it is: ${text}`);
    return { id: key, state: toFound(state, pooler) };
  },

  inspect: async (_key, { state: before, drift: _drift, trouble: _trouble, ...inputs }) => {
    if (inputs.retired) return { inputs, state: before };
    const { project } = inputs;
    const trouble = project && (await findTrouble(supabaseAccess(), project));
    // Reported as drift, so that the refresh goes on with the others.
    if (trouble !== undefined) return { inputs: { ...inputs, drift: [trouble] }, state: before };
    const look = (at: Pooler | undefined) => inspectContents(inputs, at).catch((error: Error) => error);
    let { pooler } = before;
    let state = await look(pooler);
    if (project && state instanceof UserError) {
      pooler = await readPooler(supabaseAccess(), project.ref);
      if (!isDeepStrictEqual(pooler, before.pooler)) state = await look(pooler);
    }
    if (state instanceof UserError) return { inputs: { ...inputs, drift: [state.message] }, state: before };
    if (state instanceof Error) throw state;
    if (state === undefined) return undefined;
    const drift = listDrift(state).map(({ text, restored }) => (restored ? text : `${text}; \`up\` leaves it`));
    return {
      inputs: { ...inputs, migrations: shortDigests(state.migrations), ...(drift.length > 0 && { drift }) },
      state: toFound(state, pooler),
    };
  },

  check: checkOrchestraDatabase,

  // The first administrator matters only once; names and addresses live in the registration.
  relevant: ({ owner, ...inputs }) => ({ ...inputs, owner: owner?.orchestra }),
});

/**
 * Returns the project's pooler. Asks the API once in a database's life, and again after trouble: a pooler stays in its place.
 *
 * @param known the pooler that the state has
 */
async function requirePooler(
  { project, trouble }: OrchestraDatabaseInputs,
  known: Pooler | undefined,
  isNew: boolean,
): Promise<Pooler | undefined> {
  if (!project) return undefined;
  if (known && trouble === undefined) return known;
  // The project to adopt was found unfit before the run. None is made beside it, even if it works by now.
  const unfit = trouble === undefined ? undefined : new UserError("project-not-ready", trouble);
  if (isNew && unfit) throw unfit;
  return awaitPooler(supabaseAccess(), project).catch((error: Error) => {
    // The run knows more than the status says.
    throw (error instanceof UserError && unfit) || error;
  });
}

function toFound({ administrator: first }: OrchestraDatabaseState, pooler: Pooler | undefined): OrchestraDatabaseFound {
  const administrator = first && { email: first.email, ...(first.found && { found: first.found }) };
  return { administrator, ...(pooler && { pooler }) };
}

/** Inspects the database with its password or, while the key is being replaced, with the previous key's. */
async function inspectContents(inputs: OrchestraDatabaseInputs, pooler: Pooler | undefined) {
  const { key, appRoleVersion, project } = inputs;
  if (!project) return inspectOrchestraDatabase({ ...inputs, connection: migratorOf(inputs, undefined, "") });
  const { current, previous } = stackKeys();
  const openWith = (stackKey: string) => {
    const { owner } = planPasswords({ current: stackKey }, key, appRoleVersion);
    return inspectOrchestraDatabase({ ...inputs, connection: migratorOf(inputs, pooler, owner) });
  };
  return openWith(current).catch((error: unknown) => {
    if (previous === undefined || !UserError.is(error, "password-refused")) throw error;
    return openWith(previous);
  });
}

function migratorOf(
  { project, connection, caFile }: OrchestraDatabaseInputs,
  pooler: Pooler | undefined,
  password: string,
) {
  const nobody = { role: "nobody", password: "" };
  const own = project && pooler && projectConnections({ ...project, pooler }, password, nobody).migrator;
  return trust((own ?? connection) as Connection, readAuthority(caFile));
}
