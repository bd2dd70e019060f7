import { DatabaseError } from "../database/databaseError.ts";
import { ensureOrchestraDatabase } from "../database/ensureOrchestraDatabase.ts";
import { inspectOrchestraDatabase } from "../database/inspectOrchestraDatabase.ts";
import { listDrift } from "../database/listDrift.ts";
import type { OrchestraDatabaseState } from "../database/orchestraState.ts";
import { checkMigrations } from "./checkMigrations.ts";
import { defineProvider, type Recorded } from "./lifecycle.ts";
import type { OrchestraDatabaseInputs } from "./orchestraDatabase.ts";
import { sources } from "../database/sources.ts";

type Source = OrchestraDatabaseInputs["source"];

export const provider = defineProvider<OrchestraDatabaseInputs, OrchestraDatabaseState>({
  ensure: async (inputs, before) => {
    if (inputs.retired) return keep(inputs, before);
    const isRotated = before !== undefined && before.connection.password !== inputs.connection.password;
    const { key, stack, connection, appRole, appRoleVersion, appPassword, owner, administratorPassword } = inputs;
    const { migrations, schemaFiles, seeds } = inputs;
    const state = await ensureOrchestraDatabase({
      key,
      stack,
      connection,
      appRole: { name: appRole, version: appRoleVersion, password: appPassword },
      ...(owner && {
        owner: { ...owner, administrator: { ...owner.administrator, password: administratorPassword ?? "" } },
      }),
      migrations: sources.orchestraMigrations,
      seeds: sources.orchestraSeeds,
      planned: { migrations, schemaFiles, seeds },
      warn: (line) => console.log(line),
      ...(isRotated && { limits: { passwordMs: 60_000 } }),
    });
    for (const { text } of listDrift(state)) console.log(`${key}: left as it is: ${text}`);
    return { id: key, state };
  },

  inspect: async (_key, { state: before, drift: _drift, ...inputs }) => {
    if (inputs.retired) return { inputs, state: before };
    const look = inspectOrchestraDatabase(inputs);
    const state = await look.catch((error: Error) => error);
    // Said, and the others are looked at all the same. After a rotation that was cut off, the recorded password is the one
    // before: `up` knows the other and goes on.
    if (state instanceof DatabaseError) return { inputs: { ...inputs, drift: [state.message] }, state: before };
    if (state instanceof Error) throw state;
    if (state === undefined) return undefined;
    const drift = findDrift(state);
    return { inputs: { ...inputs, migrations: state.migrations, ...(drift.length > 0 && { drift }) }, state };
  },

  check: (before, inputs) => [
    ...checkMigrations(inputs.key, before?.migrations, inputs.migrations),
    ...checkSource(inputs.key, before?.source, inputs.source),
    ...checkOwner(inputs.key, before?.owner?.orchestra, inputs.owner?.orchestra),
    ...checkVersion(before, inputs),
  ],

  // Who the first administrator is matters once; names and addresses live in the registration.
  relevant: ({ owner, ...inputs }) => ({ ...inputs, owner: owner?.orchestra }),
});

/** A retired orchestra's database stays as it was left: it may be paused. */
function keep(
  { key }: OrchestraDatabaseInputs,
  before: Recorded<OrchestraDatabaseInputs, OrchestraDatabaseState> | undefined,
) {
  if (before) return { id: key, state: before.state };
  throw new DatabaseError(
    `Refusing to make the database of a retired orchestra: expected ${key} in the state, from when the orchestra was active. Take \`state: retired\` out.`,
  );
}

/** What is not as it was left, in words for a preview. */
function findDrift(state: OrchestraDatabaseState): string[] {
  return listDrift(state).map(({ text, restored }) => (restored ? text : `${text}; \`up\` leaves it`));
}

/** A state of before there was a source says nothing of it. */
function checkSource(key: string, before: Source | undefined, after: Source): string[] {
  if (before === undefined || before === after) return [];
  const entry = `stagesub:adopted.${key}`;
  return after === "adopted"
    ? [
        `Refusing to put an adopted database in the place of ${key}: ${key} is a Supabase project of this stack, and its data would ` +
          `stay behind there. Remove ${entry}, and adopt that database under another name.`,
      ]
    : [
        `Refusing to put a new Supabase project in the place of ${key}: ${key} is an adopted database, and its data would stay ` +
          `behind there. Bring ${entry} back.`,
      ];
}

/** A login that was replaced is on its way out, or gone: its number is never used again for the same orchestra. */
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
