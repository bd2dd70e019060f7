import type { Node } from "@pgsql/types";

import { judgeCall } from "./calls.ts";
import type { Catalogue } from "./catalogue.ts";
import { accessJudges } from "./judgeAccess.ts";
import { judgeAlterTable } from "./judgeAlterTable.ts";
import { maintenanceJudges } from "./judgeMaintenance.ts";
import { objectJudges } from "./judgeObjects.ts";
import { rowJudges } from "./judgeRows.ts";
import { rules, type RuleHit, type RuleName } from "./rules.ts";
import { describeKind, findUnknownParts, walk } from "./shapes.ts";

type Judge = (body: never, catalogue: Catalogue) => Generator<RuleHit>;

/** Statements that are judged by what they say; `harmless` beside them only by what their parts are. */
const judges = new Map<string, Judge>(
  Object.entries({
    ...accessJudges,
    ...maintenanceJudges,
    ...objectJudges,
    ...rowJudges,
    AlterTableStmt: judgeAlterTable,
  }),
);

const harmless = new Set(
  (
    "CommentStmt CompositeTypeStmt ConstraintsSetStmt CreateDomainStmt CreateEnumStmt CreateRangeStmt CreateSchemaStmt CreateSeqStmt CreateStatsStmt " +
    "CreateTableAsStmt SelectStmt VariableShowStmt"
  ).split(" "),
);

/** Statements that no context makes harmless, and the rule that says why; any other that is not listed here or above is refused as well. */
const refused: Record<string, RuleName> = {
  DoStmt: "do-block",
  CallStmt: "calls-function",
  ExecuteStmt: "calls-function",
  PrepareStmt: "calls-function",
  LoadStmt: "calls-function",
  CopyStmt: "copy-data",
  TransactionStmt: "transaction-control",
  AlterDefaultPrivilegesStmt: "default-privileges",
  GrantRoleStmt: "grant-more",
  CreateRoleStmt: "role",
  AlterRoleStmt: "role",
  AlterRoleSetStmt: "role",
  DropRoleStmt: "role",
  AlterOwnerStmt: "change-owner",
  ReassignOwnedStmt: "change-owner",
  DropOwnedStmt: "drop-object",
  DropdbStmt: "drop-object",
  DropSubscriptionStmt: "drop-object",
  DropTableSpaceStmt: "drop-object",
  DropUserMappingStmt: "drop-object",
  AlterSystemStmt: "server-wide",
  AlterDatabaseStmt: "server-wide",
  AlterDatabaseSetStmt: "server-wide",
  AlterEventTrigStmt: "server-wide",
  AlterExtensionStmt: "server-wide",
  AlterPublicationStmt: "server-wide",
  AlterSubscriptionStmt: "server-wide",
  CreateEventTrigStmt: "server-wide",
  CreateFdwStmt: "server-wide",
  CreateForeignServerStmt: "server-wide",
  CreateForeignTableStmt: "server-wide",
  CreatePublicationStmt: "server-wide",
  CreateSubscriptionStmt: "server-wide",
  CreateUserMappingStmt: "server-wide",
  CreatedbStmt: "server-wide",
  ImportForeignSchemaStmt: "server-wide",
  DiscardStmt: "session-setting",
};

/** What may stand inside another statement, and does its work there: a WITH that deletes. */
const rowStatements = new Set(Object.keys(rowJudges));

/** Every rule that a statement breaks. None: it is known to add something, or to touch only what its own file has made. */
export function judge(statement: Node, catalogue: Catalogue): RuleHit[] {
  const [kind = "", body] = Object.entries(statement)[0] as [string, never];
  const rule = refused[kind];
  if (rule) return [{ rule, name: describeKind(kind) }];
  const own = judges.get(kind);
  if (!own && !harmless.has(kind)) return [{ rule: "not-known-harmless", name: describeKind(kind) }];
  if (kind === "CreateSchemaStmt") return judgeSchema(body, catalogue);
  const hits = own ? [...own(body, catalogue)] : [];
  // The rest could only say once more that it is refused.
  if (hits.some((hit) => rules[hit.rule].refused)) return hits;
  return dedupe([...hits, ...judgeParts(statement, kind, catalogue)]);
}

function* judgeParts(statement: Node, kind: string, catalogue: Catalogue): Generator<RuleHit> {
  const isStored = isOnlyStored(statement, catalogue);
  let isFirst = true;
  for (const node of walk(statement)) {
    yield* findUnknownParts(node);
    if (!isFirst && rowStatements.has(node.kind)) yield* judges.get(node.kind)!(node.body as never, catalogue);
    if (node.kind === "FuncCall") yield* judgeCall(node.body, catalogue, isStored, kind === "SelectStmt");
    isFirst = false;
  }
}

/** Whether the statement's expressions run only later, when the app asks for what it makes. */
function isOnlyStored(statement: Node, catalogue: Catalogue): boolean {
  const stored = [
    "CreateStmt",
    "CreateFunctionStmt",
    "ViewStmt",
    "CreatePolicyStmt",
    "CreateTrigStmt",
    "RuleStmt",
    "CreateDomainStmt",
  ];
  if (stored.some((kind) => kind in statement)) return true;
  if ("IndexStmt" in statement) return catalogue.isNew(catalogue.nameOf(statement.IndexStmt.relation));
  return "AlterTableStmt" in statement && catalogue.isNew(catalogue.nameOf(statement.AlterTableStmt.relation));
}

function judgeSchema(
  { schemaElts = [], authrole }: { schemaElts?: Node[]; authrole?: object },
  catalogue: Catalogue,
): RuleHit[] {
  const hits = schemaElts.flatMap((element) => judge(element, catalogue));
  return authrole ? [...hits, { rule: "change-owner", name: "the schema" }] : hits;
}

function dedupe(hits: readonly RuleHit[]): RuleHit[] {
  return [...new Map(hits.map((hit) => [JSON.stringify(hit), hit])).values()];
}
