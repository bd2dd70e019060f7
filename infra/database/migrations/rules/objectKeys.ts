import type { DropStmt, Node, RangeVar } from "@pgsql/types";

import { allOf, as, type Body, type Kind, nameParts, qualify, quoteName, relationName, words } from "./names.ts";

/** Something that a statement makes and that is no table, column or constraint. */
export interface MadeObject {
  /** `function public.f`, `trigger t on public.a`. */
  key: string;
  ifNotExists: boolean;
  /** Of an index: its table, and whether it keeps rows unique. */
  table?: string;
  unique?: boolean;
  /** Of a function: it runs with its owner's rights. */
  definer?: boolean;
}

type Maker<K extends Kind> = (body: Body<K>, schema: string) => MadeObject | undefined;

const makers: { [K in Kind]?: Maker<K> } = {
  CreateFunctionStmt: ({ funcname, options }, schema) => ({
    ...make("function", qualify(words(funcname), schema)),
    definer: allOf(options, "DefElem").some(
      ({ defname, arg }) => defname === "security" && as(arg, "Boolean")?.boolval,
    ),
  }),
  ViewStmt: ({ view }, schema) => make("view", relationName(view, schema)),
  CreateTableAsStmt: ({ objtype, into }, schema) =>
    objtype === "OBJECT_MATVIEW" ? make("materialized view", relationName(into?.rel, schema)) : undefined,
  CreateTrigStmt: ({ trigname, relation }, schema) => makeOn("trigger", trigname, relation, schema),
  CreatePolicyStmt: ({ policy_name, table }, schema) => makeOn("policy", policy_name, table, schema),
  RuleStmt: ({ rulename, relation }, schema) => makeOn("rule", rulename, relation, schema),
  CreateEnumStmt: ({ typeName }, schema) => make("type", qualify(words(typeName), schema)),
  CreateRangeStmt: ({ typeName }, schema) => make("type", qualify(words(typeName), schema)),
  CompositeTypeStmt: ({ typevar }, schema) => make("type", relationName(typevar, schema)),
  CreateDomainStmt: ({ domainname }, schema) => make("domain", qualify(words(domainname), schema)),
  CreateSeqStmt: ({ sequence, if_not_exists }, schema) =>
    make("sequence", relationName(sequence, schema), if_not_exists),
  CreateSchemaStmt: ({ schemaname, if_not_exists }) => make("schema", quoteName(schemaname ?? ""), if_not_exists),
  CreateExtensionStmt: ({ extname, if_not_exists }) => make("extension", quoteName(extname ?? ""), if_not_exists),
  IndexStmt: ({ idxname, relation, if_not_exists, unique = false }, schema) =>
    idxname === undefined
      ? undefined
      : {
          ...make("index", relationName({ ...relation, relname: idxname }, schema), if_not_exists),
          ...{ table: relationName(relation, schema), unique },
        },
};

/** Returns the object that a CREATE makes, unless it is a table, under the name that DROP and ALTER use. */
export function madeObject(node: Node, schema: string): MadeObject | undefined {
  const [kind, body] = Object.entries(node)[0] as [keyof typeof makers, never];
  return makers[kind]?.(body, schema);
}

function make(kind: string, name: string, ifNotExists = false): MadeObject {
  return { key: `${kind} ${name}`, ifNotExists };
}

function makeOn(kind: string, name: string | undefined, table: RangeVar | undefined, schema: string): MadeObject {
  return make(kind, `${quoteName(name ?? "")} on ${relationName(table, schema)}`);
}

/** PostgreSQL's names of kinds in a DROP that differ from ours. */
const sameAs: Record<string, string> = {
  "foreign table": "table",
  matview: "materialized view",
  procedure: "function",
  routine: "function",
  aggregate: "function",
};
const tracked =
  /^(table|index|view|materialized view|function|trigger|policy|rule|type|domain|sequence|schema|extension)$/;

/** Returns the kind of a DROP; a kind that is not tracked is an "object". */
export function dropKind({ removeType = "OBJECT_TABLE" }: DropStmt): string {
  const kind = removeType.replace("OBJECT_", "").replaceAll("_", " ").toLowerCase();
  const named = sameAs[kind] ?? kind;
  return tracked.test(named) ? named : "object";
}

/** Returns the key of each object that a DROP removes, as `madeObject` gives it, in the statement's order. */
export function dropKeys(drop: DropStmt, schema: string): string[] {
  const kind = dropKind(drop);
  return (drop.objects ?? []).map((object) => {
    const parts = nameParts(object);
    if (["trigger", "policy", "rule"].includes(kind))
      return `${kind} ${quoteName(parts.at(-1) ?? "")} on ${qualify(parts.slice(0, -1), schema)}`;
    if (["schema", "extension"].includes(kind)) return `${kind} ${quoteName(parts.at(-1) ?? "")}`;
    return `${kind} ${qualify(parts, schema)}`;
  });
}
