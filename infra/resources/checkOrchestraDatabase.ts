import type { UserError } from "../errors.ts";
import { checkMigrations } from "./checkMigrations.ts";
import { refuseWith } from "./lifecycle.ts";
import type { OrchestraDatabaseInputs } from "./orchestraDatabase.ts";

/**
 * Returns the reasons to refuse a change of a database: its migrations, its kind, its holder or the version of its passwords. Pure.
 *
 * @param before the inputs that the state has; undefined for a new database
 */
export function checkOrchestraDatabase(
  before: OrchestraDatabaseInputs | undefined,
  after: OrchestraDatabaseInputs,
): UserError[] {
  const migrations = checkMigrations(after.key, before?.migrations, after.migrations);
  if (!before) return migrations;
  return [
    ...migrations,
    ...refuseWith("source-moved", checkSource(before, after)),
    ...refuseWith("other-owner", checkOwner(after.key, before.owner?.orchestra, after.owner?.orchestra)),
    ...refuseWith("password-version", checkVersion(before, after)),
  ];
}

function checkSource(before: OrchestraDatabaseInputs, { key, project }: OrchestraDatabaseInputs): string[] {
  if ((before.project === undefined) === (project === undefined)) return [];
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

/** Refuses a lower version: a replaced login is on its way out, or gone, and its number is never used again for the same orchestra. */
function checkVersion(before: OrchestraDatabaseInputs, { owner, appRoleVersion }: OrchestraDatabaseInputs): string[] {
  if (!owner || before.owner?.orchestra !== owner.orchestra || appRoleVersion >= before.appRoleVersion) return [];
  return [
    `Refusing to lower the passwordVersion of orchestra "${owner.orchestra}" from ${before.appRoleVersion} to ${appRoleVersion}: ` +
      `expected ${before.appRoleVersion} or more. For new passwords: ./stagesub rotate ${owner.orchestra}`,
  ];
}
