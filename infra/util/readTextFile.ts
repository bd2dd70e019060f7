import { readFileSync, statSync } from "node:fs";
import { sha256 } from "./digest.ts";

/** A file that a person wrote. */
export interface TextFile {
  text: string;
  /** Digest of all its bytes, in hex. */
  sha256: string;
}

/** A problem on a line of a text. */
export interface TextProblem {
  line: number;
  /** A whole sentence without its full stop. */
  reason: string;
}

/** The reason why a file or its bytes are no text, with the line of the first wrong one; `reason` holds the three parts. */
export interface UnreadableText extends TextProblem {
  expected: string;
  got: string;
  remedy: string;
}

/** The forms of text that a reader accepts besides UTF-8 with LF or CRLF. */
export interface TextLeniency {
  /** UTF-16 with a byte order mark, as PowerShell writes it. */
  utf16?: true;
  /** A lone CR as the end of a line. Left out where another reader of the same file reads a lone CR differently. */
  loneCr?: true;
}

/** The largest file that is read. */
const largest = 8 * 1024 * 1024;

/** Reads a whole file that a person wrote, once: the digest is that of the text. A missing file is a problem like any other. */
export function readTextFile(file: string, leniency?: TextLeniency): TextFile | UnreadableText {
  try {
    const { size } = statSync(file);
    if (size > largest) return tooLarge(size);
    const bytes = readFileSync(file);
    const text = decodeText(bytes, leniency);
    return typeof text === "string" ? { text, sha256: sha256(bytes) } : text;
  } catch (error) {
    const { code = "an unknown error" } = error as NodeJS.ErrnoException;
    return refuse(1, "a file that can be read", `the error ${code}`, "look at its place and its permissions");
  }
}

/**
 * Decodes the text of a file that a person wrote. A byte order mark is left out; line ends stay as they are.
 *
 * @returns the text, or the reason why the bytes are refused
 */
export function decodeText(bytes: Uint8Array, { utf16, loneCr }: TextLeniency = {}): string | UnreadableText {
  if (bytes.length > largest) return tooLarge(bytes.length);
  const encoding = findOtherEncoding(bytes);
  if (encoding && !(utf16 && /^UTF-16..$/.test(encoding))) return refuse(1, "UTF-8 text", encoding, "save it as UTF-8");
  const text = new TextDecoder(encoding, { ignoreBOM: true }).decode(bytes);
  const found = [
    { at: text.indexOf("\0"), got: "a NUL character" },
    { at: encoding ? -1 : findInvalid(bytes, text), got: "bytes of another encoding (perhaps Latin-1)" },
    { at: loneCr ? -1 : text.search(/\r(?!\n)/), got: "a lone CR" },
  ];
  const [first] = found.filter(({ at }) => at >= 0).sort((one, other) => one.at - other.at);
  if (!first) return text.replace(/^\ufeff/, "");
  let line = 1;
  for (const _ of text.slice(0, first.at).matchAll(/\r\n?|\n/g)) line++;
  if (first.got === "a lone CR")
    return refuse(line, "lines that end with LF or CRLF", first.got, "save it with LF line ends");
  return refuse(line, "UTF-8 text", first.got, "save it as UTF-8");
}

function refuse(line: number, expected: string, got: string, remedy: string): UnreadableText {
  return { line, expected, got, remedy, reason: `expected ${expected}, got ${got}: ${remedy}` };
}

function tooLarge(size: number): UnreadableText {
  const megabytes = (bytes: number) => Math.ceil((bytes / 1024 / 1024) * 10) / 10;
  return refuse(1, `at most ${megabytes(largest)} MB of text`, `${megabytes(size)} MB`, "keep data apart from it");
}

/** Finds the first bytes that are not UTF-8, for which the decoder writes U+FFFD. A U+FFFD in the file itself is text like any other. */
function findInvalid(bytes: Uint8Array, text: string): number {
  let [at, from] = [0, 0];
  for (const { index } of text.matchAll(/\ufffd/g)) {
    at += Buffer.byteLength(text.slice(from, index));
    if (bytes[at] !== 0xef || bytes[at + 1] !== 0xbf || bytes[at + 2] !== 0xbd) return index;
    [at, from] = [at + 3, index + 1];
  }
  return -1;
}

/** Recognizes UTF-16 and UTF-32 by their byte order mark, and UTF-16 without one by the zero byte beside its first character. */
function findOtherEncoding([first, second, third, fourth]: Uint8Array): string | undefined {
  if (first === 0xff && second === 0xfe) return third === 0 && fourth === 0 ? "UTF-32" : "UTF-16LE";
  if (first === 0xfe && second === 0xff) return "UTF-16BE";
  if ((first === 0) !== (second === 0) && first !== undefined && second !== undefined)
    return "UTF-16 without a byte order mark";
  return undefined;
}
