import type { GrantStmt, Node } from "@pgsql/types";

import type { Finding, Surroundings } from "./finding.ts";
import { nameParts, qualify, quoteName, relationName } from "./names.ts";
import type { Schema } from "./schema.ts";

/** Who may do what: grants, owners, and the switch that turns every trigger off. */
export function* judgeRights(node: Node, { schema }: Surroundings): Generator<Finding> {
  if ("GrantStmt" in node) yield* judgeGrant(node.GrantStmt, schema);
  else if ("GrantRoleStmt" in node) {
    const { is_grant, granted_roles = [], grantee_roles } = node.GrantRoleStmt;
    const roles = granted_roles.flatMap((one) =>
      "AccessPriv" in one ? [quoteName(one.AccessPriv.priv_name ?? "")] : [],
    );
    if (is_grant && isEverybody(grantee_roles))
      yield { rule: "grant-to-everybody", name: `what ${roles.join(", ")} may do` };
  } else if ("AlterDefaultPrivilegesStmt" in node) {
    if (node.AlterDefaultPrivilegesStmt.action?.is_grant) yield { rule: "default-privileges" };
  } else if ("AlterOwnerStmt" in node) {
    const { relation, object } = node.AlterOwnerStmt;
    const name = relation ? relationName(relation, schema.current) : nameParts(object).map(quoteName).join(".");
    yield { rule: "change-owner", name };
  } else if ("ReassignOwnedStmt" in node) {
    const roles = (node.ReassignOwnedStmt.roles ?? []).map((role) => quoteName(nameParts(role)[0] ?? ""));
    yield { rule: "change-owner", name: `everything that ${roles.join(", ")} owns` };
  } else if ("VariableSetStmt" in node && node.VariableSetStmt.name === "session_replication_role") {
    const [value] = node.VariableSetStmt.args ?? [];
    const setting = value && "A_Const" in value ? value.A_Const.sval?.sval : undefined;
    if (setting !== undefined && setting !== "origin") yield { rule: "disable-trigger" };
  }
}

/** PUBLIC, and the two roles of Supabase's Data API, whose key is in every browser. */
function isEverybody(roles: readonly Node[] | undefined): boolean {
  return (roles ?? []).some((role) => {
    if (!("RoleSpec" in role)) return false;
    const { roletype, rolename } = role.RoleSpec;
    return roletype === "ROLESPEC_PUBLIC" || rolename === "anon" || rolename === "authenticated";
  });
}

function* judgeGrant(
  { is_grant, grantees, objects = [], objtype, targtype }: GrantStmt,
  schema: Schema,
): Generator<Finding> {
  if (!is_grant || !isEverybody(grantees)) return;
  const names = objects.map((object) =>
    "RangeVar" in object
      ? relationName(object.RangeVar, schema.current)
      : "ObjectWithArgs" in object
        ? qualify(nameParts(object), schema.current)
        : nameParts(object).map(quoteName).join("."),
  );
  const all =
    targtype === "ACL_TARGET_ALL_IN_SCHEMA" ? "everything in schema " : objtype === "OBJECT_SCHEMA" ? "schema " : "";
  const isTable = targtype === "ACL_TARGET_OBJECT" && objtype === "OBJECT_TABLE";
  if (!isTable) yield { rule: "grant-to-everybody", name: `${all}${names.join(", ")}` };
  else for (const name of names) yield { rule: "grant-to-everybody", name, table: name };
}
