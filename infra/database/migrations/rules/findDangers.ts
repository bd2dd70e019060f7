import { escapeInvisible, shorten } from "../../../util/text.ts";
import { judge } from "./judge.ts";
import { as } from "./names.ts";
import { parseFile, type ParsedFile, type ParsedStatement, type SqlFile } from "./parseFile.ts";
import { SchemaTracker } from "./schemaTracker.ts";
import type { DangerEffect } from "./rule.ts";
import { rules, type RuleHit, type RuleName, isRule } from "./rules.ts";

export type { DangerEffect, RuleName, SqlFile };

/** One thing that a migration does to a database in use and that nobody can prove to be harmless. */
export interface SqlDanger {
  /** "0012_nickname.sql" */
  file: string;
  /** Line of the statement's first word in the file, from 1. */
  line: number;
  /** The statement on one line, without comments, at most 200 characters. Of an acceptance that is amiss: the comment. */
  statement: string;
  /** The broken rule: a name of docs/sql-rules.md. */
  rule: RuleName;
  effect: DangerEffect;
  /** Whether the change is refused as it stands: the rule says so and the file does not accept it. Else it is a warning. */
  refused: boolean;
  /** The table whose rows count, with its schema: `public."User"`. */
  table?: string;
  /** Its effect, in one sentence for someone who has never seen PostgreSQL. */
  says: string;
  /** The advice for a safer way. */
  instead: string;
  /** The reason, where the file accepts it by `-- accept: <rule>: <reason>` right above the statement. */
  accepted?: string;
}

/**
 * Finds the statements of migrations that are not known to be harmless, with PostgreSQL's own grammar and without a database: whatever
 * does not add something, or touch only what its own file has made. Each file is judged by itself, over all files before it, so that the
 * answer is the same in a review, in a preview and for each database, whichever files are pending there.
 *
 * @param files all files of a folder, in order: from the earlier ones columns' types, indexes and checks are known
 * @param isJudged which of them to judge; without it all
 * @returns in the order of the files
 */
export async function findDangers(
  files: readonly SqlFile[],
  isJudged: (file: string) => boolean = () => true,
): Promise<SqlDanger[]> {
  const catalogue = new SchemaTracker();
  const dangers: SqlDanger[] = [];
  for (const file of files) {
    const parsed = await parseFile(file);
    const nodes = parsed.statements.map(({ node }) => node);
    catalogue.beginFile(parsed.file, nodes);
    if (isJudged(parsed.file)) dangers.push(...judgeFile(parsed, catalogue));
    else for (const node of nodes) catalogue.track(node);
  }
  return dangers;
}

function judgeFile(parsed: ParsedFile, catalogue: SchemaTracker): SqlDanger[] {
  const { file, statements, unreadable } = parsed;
  if (unreadable) {
    const { rule, line, name } = unreadable;
    return [describe(file, { line, text: "" }, { rule, name })];
  }
  const acceptances = readAcceptances(parsed);
  const dangers = statements.flatMap((statement, index) => {
    const hits = isFrame(statements, index) ? [] : judgeDeep(statement, catalogue);
    return hits.map((hit) => describe(file, statement, hit, acceptances));
  });
  return [...dangers, ...findAmiss(file, acceptances, dangers)].sort((a, b) => a.line - b.line);
}

/** Returns whether a statement is the BEGIN or COMMIT around a file, as other tools write them. CONCURRENTLY cannot stand inside. */
function isFrame(statements: readonly ParsedStatement[], index: number): boolean {
  const ends = [statements[0], statements.at(-1)];
  if (!ends.includes(statements[index])) return false;
  const kinds = ends.map((one) => as(one?.node, "TransactionStmt")?.kind).join();
  const isAlone = statements.some(({ node }) => (as(node, "IndexStmt") ?? as(node, "DropStmt"))?.concurrent);
  return /^TRANS_STMT_(BEGIN|START),TRANS_STMT_COMMIT$/.test(kinds) && !isAlone;
}

/** Judges a statement. Its tree may be deeper than the stack, although the parser has managed it. */
function judgeDeep({ node }: ParsedStatement, catalogue: SchemaTracker): RuleHit[] {
  try {
    const hits = judge(node, catalogue);
    catalogue.track(node);
    return hits;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return [{ rule: "unreadable", name: "it is nested too deeply." }];
  }
}

function describe(
  file: string,
  statement: Pick<ParsedStatement, "line" | "text">,
  hit: RuleHit,
  acceptances: readonly Acceptance[] = [],
): SqlDanger {
  const { effect, refused, says, instead } = rules[hit.rule];
  const accepted = acceptances.find((one) => one.statement === statement && one.rule === hit.rule && one.reason !== "");
  return {
    file,
    line: statement.line,
    statement: shorten(escapeInvisible(statement.text), 200),
    rule: hit.rule,
    effect,
    refused: refused && !accepted,
    ...(hit.table !== undefined && { table: hit.table }),
    says: escapeInvisible(fill(says, hit)),
    instead,
    ...(accepted && { accepted: escapeInvisible(accepted.reason) }),
  };
}

/** Finds acceptances without a reason, without a broken rule, or without a statement below. */
function findAmiss(file: string, acceptances: readonly Acceptance[], dangers: readonly SqlDanger[]): SqlDanger[] {
  return acceptances.flatMap((acceptance) => {
    const name = acceptance.rule || "no rule";
    const covers = dangers.some(({ line, rule }) => line === acceptance.statement?.line && rule === acceptance.rule);
    if (!covers) return [describe(file, acceptance, { rule: "idle-acceptance", name })];
    return acceptance.reason === "" ? [describe(file, acceptance, { rule: "acceptance-without-reason", name })] : [];
  });
}

function fill(sentence: string, { table, name }: RuleHit): string {
  return sentence.replaceAll("{table}", () => table ?? "the database").replaceAll("{name}", () => name ?? "it");
}

/** `-- accept: <rule>: <reason>`, as somebody has written it. */
interface Acceptance {
  line: number;
  text: string;
  rule: string;
  /** Empty where none is given. */
  reason: string;
  /** The statement right below, if it is there. */
  statement: ParsedStatement | undefined;
}

const exact = /^-- accept: ([a-z-]+)(?:: *(.*))?$/;

/** A comment that was most likely meant as an acceptance: it covers nothing, and is reported rather than ignored. */
const nearly = /^--+\s*accept(?:s|ed)?(?:\s*:\s*|\s+)([\w-]*)/i;

/** Reads the acceptances of a file. They stand alone on their lines, in the comment right above their statement. */
function readAcceptances({ statements, comments }: ParsedFile): Acceptance[] {
  // An acceptance covers the first statement of a line.
  const byLine = new Map([...statements].reverse().map((statement) => [statement.line, statement]));
  const alone = new Map(comments.filter((comment) => comment.alone).map((comment) => [comment.line, comment]));
  return comments.flatMap(({ line, text, alone: isAlone }) => {
    const match = exact.exec(text.trim());
    if (!match) return readNearly(line, text.trim());
    let below = line + 1;
    for (let next = alone.get(below); next; next = alone.get(below)) below = next.lastLine + 1;
    const statement = isAlone ? byLine.get(below) : undefined;
    const [, rule = "", reason = ""] = match;
    return [{ line, text: text.trim(), rule, reason: reason.trim(), statement }];
  });
}

/** Reads a slip: a colon right behind "accepts", or the name of a rule. Other prose may well say "accepts". */
function readNearly(line: number, text: string): Acceptance[] {
  const match = nearly.exec(text);
  if (!match || !(isRule(match[1]!.toLowerCase()) || /^--+\s*accept(?:s|ed)?\s*:/i.test(text))) return [];
  return [{ line, text, rule: match[1]!, reason: "", statement: undefined }];
}
