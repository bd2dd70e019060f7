/** A block of a Prisma schema, `model User { … }`, as far as Prisma's own parser does not tell about it. */
export interface Declaration {
  /** `model`, `view`, `enum`, `datasource`, `generator`, `type`. */
  kind: string;
  name: string;
  /** The file's line on which it begins, from 1. */
  line: number;
  /** Fields, enum values, settings and attributes of the block, in their order. */
  members: Member[];
}

/** A line within a block. */
export interface Member {
  /** The field's, value's or setting's name; empty for an attribute of the block. */
  name: string;
  /** The field's type without `?` and `[]`, or the word or string behind a setting's `=`. */
  type: string;
  attributes: Attribute[];
  /** Its place in the file, from 1, and in the text. */
  line: number;
  start: number;
  end: number;
}

export interface Attribute {
  /** With its marks: `@map`, `@@schema`, `@db.VarChar`. */
  name: string;
  /** The first string among its arguments. */
  text?: string;
}

/**
 * Reads the blocks of one file by Prisma's grammar, in which every field, value, setting and attribute is one line:
 * https://github.com/prisma/prisma-engines/blob/main/psl/schema-ast/src/parser/datamodel.pest. Whether the file is a schema is not judged:
 * that is for Prisma's own parser.
 */
export function readDeclarations(text: string): Declaration[] {
  const declarations: Declaration[] = [];
  let open: Declaration | undefined;
  for (let line of splitLines(text)) {
    if (open && line[0]?.text === "}") {
      open = undefined;
      line = line.slice(1);
    }
    const [kind, name, brace] = line;
    if (!open && kind && name && brace?.text === "{") {
      open = { kind: kind.text, name: name.text, line: kind.line, members: [] };
      declarations.push(open);
      line = line.slice(3);
    }
    if (open && line.length > 0) open.members.push(readMember(line));
  }
  return declarations;
}

interface Token {
  text: string;
  start: number;
  line: number;
}

/** Comments and white space fall between tokens; any character that is nothing else is a token of its own. */
const anything =
  /(?<skipped>[\t\p{Zs}]+|\/\/[^\r\n]*|\/\*[^]*?\*\/)|(?<end>\r\n?|\n)|"(?:[^"\\\r\n]|\\.)*"|[A-Za-z0-9][\w-]*|[^]/gu;

function splitLines(text: string): Token[][] {
  const lines: Token[][] = [[]];
  let line = 1;
  for (const { 0: found, index, groups } of text.matchAll(anything)) {
    if (groups!["skipped"] === undefined && groups!["end"] === undefined)
      lines.at(-1)!.push({ text: found, start: index, line });
    if (groups!["end"] !== undefined) lines.push([]);
    line += found.match(/\r\n?|\n/g)?.length ?? 0;
  }
  return lines.filter((tokens) => tokens.length > 0);
}

function readMember(tokens: Token[]): Member {
  const [first] = tokens as [Token];
  const last = tokens.at(-1)!;
  const at = (index: number) => tokens[index]?.text ?? "";
  return {
    name: first.text === "@" ? "" : first.text,
    type: readString(at(1) === "=" ? at(2) : at(1)),
    attributes: tokens.flatMap((token, index) =>
      token.text === "@" && at(index - 1) !== "@" ? [readAttribute(tokens.slice(index))] : [],
    ),
    line: first.line,
    start: first.start,
    end: last.start + last.text.length,
  };
}

function readAttribute(tokens: Token[]): Attribute {
  const words = tokens.map(({ text }) => text);
  const open = words.indexOf("(");
  const next = words.findIndex((word, index) => word === "@" && index > 1);
  const own = words.slice(0, next < 0 ? undefined : next);
  const text = own.find((word) => word.startsWith('"'));
  const nameEnd = open < 0 || open >= own.length ? own.length : open;
  return { name: own.slice(0, nameEnd).join(""), ...(text !== undefined && { text: readString(text) }) };
}

/** Prisma's strings are JSON's. */
function readString(word: string): string {
  if (!word.startsWith('"')) return word;
  try {
    return JSON.parse(word) as string;
  } catch {
    return word;
  }
}
