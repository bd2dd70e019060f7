/** A block of a Prisma schema, `model User { … }`. */
export interface Block {
  /** `model`, `view`, `enum`, `datasource`, `generator`, `type`. */
  kind: string;
  name: string;
  /** "schema.prisma:12" */
  place: string;
  /** Fields, enum values, settings and attributes of the block, in their order. */
  members: Member[];
}

/** A line within a block. */
export interface Member {
  /** The field's, value's or setting's name; empty for an attribute of the block. */
  name: string;
  place: string;
  words: string[];
  /** Its place in the text. */
  start: number;
  end: number;
}

/** Comments and white space fall between words; any character that is nothing else is a word of its own. */
const anything =
  /(?<skipped>[\t\p{Zs}]+|\/\/[^\r\n]*|\/\*[^]*?\*\/)|(?<end>\r\n?|\n)|"(?:[^"\\\r\n]|\\.)*"|[A-Za-z0-9][\w-]*|[^]/gu;

/**
 * Reads the blocks of one file by Prisma's grammar, in which every field, value, setting and attribute is one line:
 * https://github.com/prisma/prisma-engines/blob/main/psl/schema-ast/src/parser/datamodel.pest. Prisma's own parser judges whether the
 * file is a schema.
 */
export function readBlocks(text: string, file: string): Block[] {
  const blocks: Block[] = [];
  let open: Block | undefined;
  for (let line of splitLines(text)) {
    if (open && line[0]?.word === "}") {
      open = undefined;
      line = line.slice(1);
    }
    const [kind, name, brace] = line;
    if (!open && kind && name && brace?.word === "{") {
      open = { kind: kind.word, name: name.word, place: `${file}:${kind.line}`, members: [] };
      blocks.push(open);
      line = line.slice(3);
    }
    const [first, last] = [line[0], line.at(-1)];
    if (open && first && last)
      open.members.push({
        name: first.word === "@" ? "" : first.word,
        place: `${file}:${first.line}`,
        words: line.map(({ word }) => word),
        start: first.start,
        end: last.start + last.word.length,
      });
  }
  return blocks;
}

interface Token {
  word: string;
  start: number;
  line: number;
}

function splitLines(text: string): Token[][] {
  const lines: Token[][] = [[]];
  let line = 1;
  for (const { 0: word, index: start, groups } of text.matchAll(anything)) {
    if (groups!["end"] !== undefined) lines.push([]);
    else if (groups!["skipped"] === undefined) lines.at(-1)!.push({ word, start, line });
    line += word.match(/\r\n?|\n/g)?.length ?? 0;
  }
  return lines;
}

/** Returns the first string among the arguments of `@map`, `@@schema` and the like; "" without one, undefined without the attribute. */
export function findArgument(words: readonly string[], attribute: string): string | undefined {
  const marks = attribute.split(/(?<=@)/);
  const start = words.findIndex(
    (_, index) => words[index - 1] !== "@" && marks.every((mark, offset) => words[index + offset] === mark),
  );
  if (start < 0) return undefined;
  const rest = words.slice(start + marks.length);
  const next = rest.indexOf("@");
  const text = rest.slice(0, next < 0 ? undefined : next).find((word) => word.startsWith('"'));
  return text === undefined ? "" : readString(text);
}

/** Prisma's strings are JSON's. */
export function readString(word: string): string {
  try {
    return JSON.parse(word) as string;
  } catch {
    return word;
  }
}
