import pg from "pg";
import type { SchemaDifference } from "../schema/compareSchemas.ts";
import type { FoundRole } from "./readAppRoles.ts";

/** Deviations of the app's roles from what this program makes. */
export interface RoleDifferences {
  /** Statements that the next run executes. */
  drift: string[];
  /** Deviations that the next run refuses or leaves as they are. */
  differences: SchemaDifference[];
}

/**
 * Checks the attributes, memberships and members of the app's group and its logins. An end on a replaced login is no
 * difference. Pure.
 */
export function findRoleDifferences(roles: readonly FoundRole[], group: string, current: string): RoleDifferences {
  const login = roles.find(({ name }) => name === current);
  const name = pg.escapeIdentifier(current);
  const drift = [
    ...(login && !login.login ? [`ALTER ROLE ${name} LOGIN`] : []),
    ...(login?.until ? [`ALTER ROLE ${name} VALID UNTIL 'infinity'`] : []),
    ...(login && !login.inherits ? [`GRANT ${pg.escapeIdentifier(group)} TO ${name}`] : []),
  ];
  const differences = roles.flatMap(({ name, excess }) =>
    excess === null ? [] : [{ what: `role ${name}`, expected: "a role with the app's rights alone", found: excess }],
  );
  const lost = roles.some((role) => role.name === group)
    ? []
    : [{ what: `role ${group}`, expected: "the app's group", found: null }];
  return { drift, differences: [...lost, ...differences] };
}
