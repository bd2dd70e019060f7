import type { A_Const, Node } from "@pgsql/types";

import { walk } from "./shapes.ts";

/** Tables whose rows say who somebody is or what they may do. */
const peopleTables = new Set(
  (
    "user users account accounts member members membership memberships admin admins administrator administrators role roles permission permissions " +
    "privilege privileges credential credentials login logins identity identities invitation invitations token tokens session sessions auth"
  ).split(" "),
);
const adminColumns = new Set("admin administrator superuser superadmin sysadmin root staff".split(" "));
const rightsColumns = new Set(
  "role roles permission permissions access level privilege privileges rank scope scopes group groups type".split(" "),
);
const adminValue = /^(super[-_ ]?)?(admin|administrator)$|^(super[-_ ]?user|sysadmin|root|owner|god|\*)$/i;

/** Returns whether a table holds logins or rights, by the words of its name: `public."UserRole"`. */
export function isAboutPeople(table: string): boolean {
  return wordsOf(table).some((word) => peopleTables.has(word));
}

/** Returns whether a value written into a column makes administrators, by the words of the column's name and the value's constants. */
export function makesAdministrators(column: string, value: Node | undefined): boolean {
  const words = wordsOf(column);
  const constants = [...walk(value ?? {})].flatMap(({ kind, body }) => (kind === "A_Const" ? [body as A_Const] : []));
  if (words.some((word) => adminColumns.has(word))) return !constants.every(isNothing) || constants.length === 0;
  if (!words.some((word) => rightsColumns.has(word))) return false;
  return constants.some(({ sval }) => adminValue.test(sval?.sval ?? ""));
}

/** Returns whether a constant is false, null, 0, 'f' or empty. */
function isNothing({ isnull, boolval, ival, sval }: A_Const): boolean {
  if (isnull || (ival && !ival.ival)) return true;
  if (boolval) return !boolval.boolval;
  return sval !== undefined && ["f", "false", ""].includes(sval.sval ?? "");
}

function wordsOf(name: string): string[] {
  return (name.replace(/^public\./, "").match(/[A-Z]?[a-z]+|[A-Z]+(?![a-z])/g) ?? []).map((word) => word.toLowerCase());
}
