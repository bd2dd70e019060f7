import { escapeInvisible, shorten } from "../../infra/config/describeValue.ts";
import { DatabaseError } from "../../infra/database/databaseError.ts";
import { readAcceptances, type Acceptance } from "./acceptances.ts";
import type { Finding } from "./finding.ts";
import { judgeStatement } from "./judgeStatement.ts";
import { learn } from "./learn.ts";
import { madeLater } from "./madeLater.ts";
import { parseStatements, type ParsedFile, type ParsedStatement, type SqlFile } from "./parseStatements.ts";
import { rules, type RuleName } from "./rules.ts";
import type { DangerEffect, Rule } from "./rules/rule.ts";
import { Schema } from "./schema.ts";

export type { DangerEffect, RuleName, SqlFile };

/** One thing that a pending migration does to a database in use. */
export interface SqlDanger {
  /** "0012_nickname.sql" */
  file: string;
  /** Line of the statement's first word in the file, from 1. */
  line: number;
  /** The statement on one line, without comments, at most 200 characters. Of an acceptance that is amiss: the comment. */
  statement: string;
  /** Which rule it breaks: a name of docs/sql-rules.md, which never changes. */
  rule: RuleName;
  effect: DangerEffect;
  /** Whether the change is refused as it stands: the rule says so and the file does not accept it. Else it is a warning. */
  refused: boolean;
  /** The table whose rows count, as `format('%I.%I')` gives it: `public."User"`. */
  table?: string;
  /** What it does, one sentence for someone who has never seen PostgreSQL. */
  says: string;
  /** What to do instead, in words. */
  instead: string;
  /** The reason, where the file accepts it by `-- accept: <rule>: <reason>` right above the statement. */
  accepted?: string;
}

/**
 * Finds the statements of pending migrations that destroy, rewrite, lock, break, expose or cannot be read, with PostgreSQL's own grammar and
 * without a database. What the pending files themselves make is no danger: it holds no rows. For the same reason a database that
 * has none of our migrations yet needs no judgement: do not ask for one.
 *
 * @param pending the files that one transaction will apply, in order; of each only the part up to "-- Down Migration"
 * @param applied the files before them, in order: from these it knows columns' types, which table an index belongs to, and what is
 *   checked already. Without them it takes the worse for granted.
 * @returns in the order of the files
 * @throws DatabaseError for SQL that does not parse: each file with its line and what the parser said
 */
export async function findDangers(pending: readonly SqlFile[], applied: readonly SqlFile[] = []): Promise<SqlDanger[]> {
  const schema = new Schema();
  for (const { statements } of await parseStatements(applied))
    for (const statement of statements) refuseDepth(statement, () => learn(statement.node, schema, "old"));
  const files = await parseStatements(pending);
  schema.current = "public";
  const later = madeLater(files.flatMap(({ statements }) => statements));
  return files.flatMap((file) => {
    const acceptances = readAcceptances(file);
    const dangers = file.statements.flatMap((statement) =>
      refuseDepth(statement, () => {
        const found = judgeStatement(statement.node, { schema, isMadeLater: (key) => later(key, statement) });
        learn(statement.node, schema, "new");
        return found.map((finding) => describe(statement, finding, acceptances));
      }),
    );
    return [...dangers, ...findAmiss(file, acceptances, dangers)].sort((a, b) => a.line - b.line);
  });
}

/** A tree may be deeper than the stack, although the parser has managed it. */
function refuseDepth<T>({ file, line }: ParsedStatement, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new DatabaseError(
      `${file}:${line}: expected a statement that can be judged, got one nested too deeply. Write it flatter.`,
    );
  }
}

function describe(statement: ParsedStatement, finding: Finding, acceptances: readonly Acceptance[]): SqlDanger {
  const rule: Rule = rules[finding.rule];
  const accepted = acceptances.find(
    (one) => one.statement === statement && one.rule === finding.rule && one.reason !== "",
  );
  return {
    file: statement.file,
    line: statement.line,
    statement: shorten(escapeInvisible(statement.text), 200),
    rule: finding.rule,
    effect: finding.milder?.effect ?? rule.effect,
    refused: (finding.milder?.refused ?? rule.refused) && !accepted,
    ...(finding.table !== undefined && { table: finding.table }),
    says: escapeInvisible(fill(rule.says, finding)),
    instead: rule.instead,
    ...(accepted && { accepted: escapeInvisible(accepted.reason) }),
  };
}

/** Acceptances that say no reason, name no rule that is broken, or stand above no statement. */
function findAmiss(file: ParsedFile, acceptances: readonly Acceptance[], dangers: readonly SqlDanger[]): SqlDanger[] {
  const amiss = (rule: RuleName, acceptance: Acceptance) =>
    describe(
      { node: {} as never, file: file.file, line: acceptance.line, text: acceptance.text },
      { rule, name: acceptance.rule || "no rule" },
      [],
    );
  return acceptances.flatMap((acceptance) => {
    const covers = dangers.some(({ line, rule }) => line === acceptance.statement?.line && rule === acceptance.rule);
    if (!covers) return [amiss("idle-acceptance", acceptance)];
    return acceptance.reason === "" ? [amiss("acceptance-without-reason", acceptance)] : [];
  });
}

function fill(sentence: string, { table, name }: Finding): string {
  return sentence.replaceAll("{table}", () => table ?? "the database").replaceAll("{name}", () => name ?? "it");
}
