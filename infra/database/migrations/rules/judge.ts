import type { Node } from "@pgsql/types";

import { judgeCall } from "./calls.ts";
import { kept, type Catalogue } from "./catalogue.ts";
import { accessJudges } from "./judgeAccess.ts";
import { judgeAlterTable } from "./judgeAlterTable.ts";
import { maintenanceJudges } from "./judgeMaintenance.ts";
import { objectJudges } from "./judgeObjects.ts";
import { rowJudges } from "./judgeRows.ts";
import { as } from "./names.ts";
import { madeObject } from "./objectKeys.ts";
import { readPlainBlock } from "./plainBlock.ts";
import { rules, type RuleHit, type RuleName } from "./rules.ts";
import { describeKind, findUnknownParts, walk } from "./shapes.ts";

/** Judges of statements by their content; statements in `harmless` are judged only by their parts. */
const judges = new Map<string, (body: never, catalogue: Catalogue) => Generator<RuleHit>>(
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
    "CommentStmt CompositeTypeStmt ConstraintsSetStmt CreateDomainStmt CreateEnumStmt CreateRangeStmt CreateSeqStmt CreateStatsStmt " +
    "NotifyStmt VariableShowStmt"
  ).split(" "),
);

/** Statements that no context makes harmless, by the rule that says why; any other that is not listed here or above is refused as well. */
const refusedBy: Partial<Record<RuleName, string>> = {
  "do-block": "DoStmt",
  "calls-function": "CallStmt ExecuteStmt PrepareStmt LoadStmt",
  "copy-data": "CopyStmt",
  "transaction-control": "TransactionStmt",
  "default-privileges": "AlterDefaultPrivilegesStmt",
  "grant-more": "GrantRoleStmt",
  role: "CreateRoleStmt AlterRoleStmt AlterRoleSetStmt DropRoleStmt",
  "change-owner": "AlterOwnerStmt ReassignOwnedStmt",
  "drop-object": "DropOwnedStmt DropdbStmt DropSubscriptionStmt DropTableSpaceStmt DropUserMappingStmt",
  "server-wide":
    "AlterSystemStmt AlterDatabaseStmt AlterDatabaseSetStmt AlterEventTrigStmt AlterExtensionStmt AlterPublicationStmt AlterSubscriptionStmt " +
    "CreateEventTrigStmt CreateFdwStmt CreateForeignServerStmt CreateForeignTableStmt CreatePublicationStmt CreateSubscriptionStmt " +
    "CreateUserMappingStmt CreatedbStmt ImportForeignSchemaStmt",
  "session-setting": "DiscardStmt",
};

const refused = new Map(
  Object.entries(refusedBy).flatMap(([rule, kinds]) => kinds.split(" ").map((kind) => [kind, rule as RuleName])),
);

/** Statements that also take effect inside another statement: a WITH that deletes. */
const rowStatements = new Set(Object.keys(rowJudges));

/** Returns every rule that a statement breaks; none if the statement is known to add something, or to touch only its own file's objects. */
export function judge(statement: Node, catalogue: Catalogue): RuleHit[] {
  const [kind, body] = Object.entries(statement)[0] as [string, never];
  const plain = as(statement, "DoStmt") && readPlainBlock(body);
  if (plain) return dedupe(plain.flatMap((one) => judge(one, catalogue)));
  const rule = refused.get(kind);
  if (rule) return [{ rule, name: describeKind(kind) }];
  const { relation } =
    as(statement, "CreateStmt") ?? as(statement, "AlterTableStmt") ?? as(statement, "IndexStmt") ?? {};
  const changed = [catalogue.nameOf(relation), madeObject(statement, catalogue.current)?.key ?? ""];
  // The main database's own migrations make what is in schema stagesub; a run refuses a change of it anywhere else.
  const guarded = changed.find((name) => kept.test(name) && !name.includes("stagesub."));
  if (guarded) return [{ rule: "change-security", name: guarded }];
  const own = judges.get(kind);
  if (!own && !harmless.has(kind)) return [{ rule: "not-known-harmless", name: describeKind(kind) }];
  const hits = own ? [...own(body, catalogue)] : [];
  // The other rules could only refuse the statement again.
  if (hits.some((hit) => rules[hit.rule].refused)) return dedupe(hits);
  return dedupe([...hits, ...judgeParts(statement, kind, catalogue)]);
}

function* judgeParts(statement: Node, kind: string, catalogue: Catalogue): Generator<RuleHit> {
  const isStored = isOnlyStored(statement, catalogue);
  let isFirst = true;
  for (const node of walk(statement)) {
    yield* findUnknownParts(node, judges.has(node.kind) || harmless.has(node.kind));
    if (!isFirst && rowStatements.has(node.kind)) yield* judges.get(node.kind)!(node.body as never, catalogue);
    if (node.kind === "FuncCall") yield* judgeCall(node.body, catalogue, isStored, kind === "SelectStmt");
    isFirst = false;
  }
}

/** Returns whether the statement's expressions run only later, when the app uses the object that it makes. */
function isOnlyStored(statement: Node, catalogue: Catalogue): boolean {
  const [kind = ""] = Object.keys(statement);
  if (/^(Create(Function|Policy|Trig|Domain)?|View|Rule)Stmt$/.test(kind)) return true;
  const changed = as(statement, "IndexStmt") ?? as(statement, "AlterTableStmt");
  return changed !== undefined && catalogue.isNew(catalogue.nameOf(changed.relation));
}

function dedupe(hits: readonly RuleHit[]): RuleHit[] {
  return [...new Map(hits.map((hit) => [JSON.stringify(hit), hit])).values()];
}
