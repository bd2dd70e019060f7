import { UserError } from "../errors.ts";
import { ensureOrchestraDatabase } from "../database/tenant/ensureOrchestraDatabase.ts";
import { inspectOrchestraDatabase } from "../database/tenant/inspectOrchestraDatabase.ts";
import { listDrift } from "../database/tenant/listDrift.ts";
import type { OrchestraDatabaseState } from "../database/tenant/orchestraState.ts";
import { readAuthority, sources } from "../database/sources.ts";
import { shortDigests } from "../util/digest.ts";
import { planPasswords, previousAdministratorPassword } from "../util/stackPasswords.ts";
import { checkMigrations } from "./checkMigrations.ts";
import { type Connection, type Pooler, projectConnections, trust } from "./connections.ts";
import { defineProvider, type Recorded, refuseWith } from "./lifecycle.ts";
import type { OrchestraDatabaseFound, OrchestraDatabaseInputs } from "./orchestraDatabase.ts";
import { awaitPooler, inspectProject } from "./ownProject.ts";
import { stackKeys, supabaseAccess } from "./runAccess.ts";

type Before = Recorded<OrchestraDatabaseInputs, OrchestraDatabaseFound>;

export const provider = defineProvider<OrchestraDatabaseInputs, OrchestraDatabaseFound>({
  ensure: async (inputs, before) => {
    if (inputs.retired) return { id: inputs.key, state: before?.state ?? unknownState(inputs) };
    const pooler = await poolerOf(inputs, before);
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
    const seen = inputs.project ? await inspectProject(supabaseAccess(), inputs.project) : { pooler: undefined };
    // Reported as drift, so that the refresh goes on with the others.
    if ("trouble" in seen) return { inputs: { ...inputs, drift: [seen.trouble] }, state: before };
    const state = await look(inputs, seen.pooler).catch((error: Error) => error);
    if (state instanceof UserError) return { inputs: { ...inputs, drift: [state.message] }, state: before };
    if (state instanceof Error) throw state;
    if (state === undefined) return undefined;
    const drift = findDrift(state);
    return {
      inputs: { ...inputs, migrations: shortDigests(state.migrations), ...(drift.length > 0 && { drift }) },
      state: toFound(state, seen.pooler),
    };
  },

  check: (before, inputs) => [
    ...refuseWith("ledger-differs", checkMigrations(inputs.key, before?.migrations, inputs.migrations)),
    ...refuseWith("source-moved", checkSource(before, inputs)),
    ...refuseWith("other-owner", checkOwner(inputs.key, before?.owner?.orchestra, inputs.owner?.orchestra)),
    ...refuseWith("password-version", checkVersion(before, inputs)),
  ],

  // The first administrator matters only once; names and addresses live in the registration.
  relevant: ({ owner, ...inputs }) => ({ ...inputs, owner: owner?.orchestra }),
});

/** Returns the project's pooler. Asks the API once in a database's life, and again after trouble: a pooler stays in its place. */
async function poolerOf({ project, trouble }: OrchestraDatabaseInputs, before: Before | undefined) {
  if (!project) return undefined;
  // The project to adopt was found unfit before the run. None is made beside it, even if it works by now.
  if (!before && trouble !== undefined) throw new UserError("project-not-ready", trouble);
  const known = trouble === undefined && before?.project?.ref === project.ref ? before.state.pooler : undefined;
  if (known) return known;
  return awaitPooler(supabaseAccess(), project).catch((error: Error) => {
    // The run knows more than the status says.
    throw trouble !== undefined && error instanceof UserError ? new UserError("project-not-ready", trouble) : error;
  });
}

function toFound(
  { migrations: _, ...state }: OrchestraDatabaseState,
  pooler: Pooler | undefined,
): OrchestraDatabaseFound {
  return { ...state, ...(pooler && { pooler }) };
}

/** Inspects the database with its password or, while the key is being replaced, with the previous key's. */
async function look(inputs: OrchestraDatabaseInputs, pooler: Pooler | undefined) {
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

/** Returns the state of a retired orchestra's database, which may be paused, where none is recorded: its contents are unknown. */
function unknownState({ owner }: OrchestraDatabaseInputs): OrchestraDatabaseFound {
  return {
    ...{ version: "", owner: owner?.orchestra ?? null, appRole: "", previousLogins: [] },
    ...{ templates: 0, settings: 0, users: 0, administrator: null, missing: [], drift: [], differences: [] },
  };
}

/** Describes the differences for a preview. */
function findDrift(state: OrchestraDatabaseState): string[] {
  return listDrift(state).map(({ text, restored }) => (restored ? text : `${text}; \`up\` leaves it`));
}

function checkSource(before: OrchestraDatabaseInputs | undefined, { key, project }: OrchestraDatabaseInputs): string[] {
  if (before === undefined || (before.project === undefined) === (project === undefined)) return [];
  const entry = `stagesub:adopted.${key}`;
  return project === undefined
    ? [
        `Refusing to put an adopted database in the place of ${key}: ${key} is a Supabase project of this stack, and its data would ` +
          `stay behind there. Remove ${entry}, and adopt that database under another name.`,
      ]
    : [
        `Refusing to put a new Supabase project in the place of ${key}: ${key} is an adopted database, and its data would stay ` +
          `behind there. Bring ${entry} back.`,
      ];
}

/** Refuses a lower version: a replaced login is on its way out, or gone, and its number is never used again for the same orchestra. */
function checkVersion(before: OrchestraDatabaseInputs | undefined, after: OrchestraDatabaseInputs): string[] {
  const { owner, appRoleVersion } = after;
  if (!before || !owner || before.owner?.orchestra !== owner.orchestra) return [];
  if (appRoleVersion >= before.appRoleVersion) return [];
  return [
    `Refusing to lower the passwordVersion of orchestra "${owner.orchestra}" from ${before.appRoleVersion} to ${appRoleVersion}: ` +
      `expected ${before.appRoleVersion} or more. For new passwords: npm run orchestra -- rotate ${owner.orchestra}`,
  ];
}

function checkOwner(key: string, before: string | undefined, after: string | undefined): string[] {
  if (before === undefined || before === after) return [];
  return after === undefined
    ? [
        `Refusing to return database ${key} to the pool: it holds the data of orchestra "${before}". ` +
          `Expected it to stay with "${before}"; to give it up, list its number under stagesub:pool.retired.`,
      ]
    : [
        `Refusing to hand database ${key} from orchestra "${before}" to "${after}": it holds the data of "${before}". ` +
          `Claim a free pool database for "${after}", or leave \`database\` out for a project of its own.`,
      ];
}
