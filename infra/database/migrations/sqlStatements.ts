/** One statement of a SQL file. */
export interface SqlStatement {
  /** Line of the first word, counted from 1. */
  line: number;
  /** The statement without comments, in upper case, with single spaces; strings and quoted names are emptied. */
  code: string;
  /** The statement as in the file, each comment replaced by a space. */
  text: string;
}

/** Strings, quoted names, dollar quotes and line comments. Block comments nest; `endOfBlockComment` reads them. */
const quoted = /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n\r]*|\$([A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/y;
/** A word, or the characters between words and quotes, read at once. */
const plain = /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*|[\s\d.,()[\]=<>+*%&|^!?~@#:]+/y;
const escapeString = /[eE]'(?:[^'\\]|\\[\s\S]|'')*'/y;

/**
 * Splits SQL as PostgreSQL does. Used only to check files and to find the line of a statement that failed; the server
 * receives the text of the file itself.
 */
export function splitStatements(sql: string): SqlStatement[] {
  const statements: SqlStatement[] = [];
  const lineOf = lineCounter(sql);
  let code = "";
  let text = "";
  let start = -1;
  const finish = () => {
    const words = code.replace(/\s+/g, " ").trim().toUpperCase();
    if (start >= 0) statements.push({ line: lineOf(start), code: words, text: text.trim() });
    [code, text, start] = ["", "", -1];
  };
  for (let at = 0; at < sql.length;) {
    const token = readToken(sql, at);
    if (token.kind === "comment") [code, text] = [`${code} `, `${text} `];
    else if (token.kind === "text" && token.text === ";" && !insideAtomicBody(code)) finish();
    else {
      if (start < 0 && token.text.trim() !== "") start = at;
      if (start >= 0) [code, text] = [code + token.text, text + sql.slice(at, token.end)];
    }
    at = token.end;
  }
  finish();
  return statements;
}

/** The position of a comment in the text: its first character, and the character after its last. */
export interface SqlComment {
  start: number;
  end: number;
}

/** Returns every comment of SQL, in order, but nothing inside a string that looks like a comment. */
export function findComments(sql: string): SqlComment[] {
  const comments: SqlComment[] = [];
  for (let at = 0; at < sql.length;) {
    const token = readToken(sql, at);
    if (token.kind === "comment") comments.push({ start: at, end: token.end });
    at = token.end;
  }
  return comments;
}

/** Returns the line of a position, counted from 1. */
export function lineAt(text: string, index: number): number {
  return text.slice(0, index).split("\n").length;
}

/** Returns a function like `lineAt` for ascending positions that reads the text only once. */
export function lineCounter(text: string): (index: number) => number {
  let line = 1;
  let next = text.indexOf("\n");
  return (index) => {
    for (; next >= 0 && next < index; line++) next = text.indexOf("\n", next + 1);
    return line;
  };
}

type Token = { kind: "comment" | "text"; text: string; end: number };

function readToken(sql: string, at: number): Token {
  if (sql.startsWith("/*", at)) return { kind: "comment", text: "", end: endOfBlockComment(sql, at) };
  const afterWord = /[\w$\u0080-\uffff]/.test(sql[at - 1] ?? "");
  escapeString.lastIndex = at;
  const escaped = afterWord ? null : escapeString.exec(sql);
  if (escaped) return { kind: "text", text: "''", end: escapeString.lastIndex };
  plain.lastIndex = at;
  const word = plain.exec(sql);
  if (word) return { kind: "text", text: word[0], end: plain.lastIndex };
  quoted.lastIndex = at;
  const match = quoted.exec(sql);
  if (!match || (match[0].startsWith("$") && afterWord)) return { kind: "text", text: sql[at]!, end: at + 1 };
  if (match[0].startsWith("--")) return { kind: "comment", text: "", end: quoted.lastIndex };
  if (!match[0].startsWith("$"))
    return { kind: "text", text: match[0][0] === "'" ? "''" : '""', end: quoted.lastIndex };
  const close = sql.indexOf(match[0], quoted.lastIndex);
  return { kind: "text", text: "''", end: close < 0 ? sql.length : close + match[0].length };
}

function endOfBlockComment(sql: string, at: number): number {
  const mark = /\/\*|\*\//g;
  mark.lastIndex = at;
  for (let depth = 0, match = mark.exec(sql); match; match = mark.exec(sql)) {
    depth += match[0] === "/*" ? 1 : -1;
    if (depth === 0) return mark.lastIndex;
  }
  return sql.length;
}

/** Returns whether a semicolon belongs to the body of `CREATE FUNCTION … BEGIN ATOMIC … END`. */
function insideAtomicBody(code: string): boolean {
  const body = /\bBEGIN\s+ATOMIC\b([\s\S]*)$/i.exec(code)?.[1];
  if (body === undefined) return false;
  const opened = body.match(/\bCASE\b/gi)?.length ?? 0;
  const closed = body.match(/\bEND\b/gi)?.length ?? 0;
  return closed < opened + 1;
}
