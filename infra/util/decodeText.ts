/** Why bytes are not the text of a file, with the line that has the first of them. */
export interface TextProblem {
  line: number;
  /** A whole sentence without its full stop. */
  reason: string;
}

/** The largest file that is read: what is larger is data, and belongs elsewhere. */
export const largestFile = 8 * 1024 * 1024;

/**
 * Returns the text of a file that somebody wrote: UTF-8, with or without a byte order mark, which is left out. Line ends stay as they are.
 *
 * @returns the text, or the reason why the file cannot be read
 */
export function decodeText(bytes: Uint8Array): string | TextProblem {
  if (bytes.length > largestFile)
    return {
      line: 1,
      reason: `expected at most ${largestFile / 1024 / 1024} MB, got ${(bytes.length / 1024 / 1024).toFixed(1)} MB`,
    };
  const encoding = findOtherEncoding(bytes);
  if (encoding) return { line: 1, reason: `expected UTF-8 text, got ${encoding}: save it as UTF-8` };
  const text = new TextDecoder("utf-8").decode(bytes);
  const wrong = /\0/.exec(text) ?? findInvalid(bytes, text);
  if (!wrong) return text;
  const line = text.slice(0, wrong.index).split(/\r\n?|\n/).length;
  const got = wrong[0] === "\0" ? "a NUL character" : "bytes of another encoding (perhaps Latin-1): save it as UTF-8";
  return { line, reason: `expected UTF-8 text, got ${got}` };
}

/** The decoder writes U+FFFD in place of bytes that are not UTF-8. The character itself is text like any other. */
function findInvalid(bytes: Uint8Array, text: string): RegExpExecArray | undefined {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return undefined;
  } catch {
    return /\ufffd/.exec(text) ?? undefined;
  }
}

/** UTF-16 and UTF-32 by their byte order mark, and UTF-16 without one by the zero byte beside its first character. */
function findOtherEncoding([first, second, third, fourth]: Uint8Array): string | undefined {
  if (first === 0xff && second === 0xfe) return third === 0 && fourth === 0 ? "UTF-32" : "UTF-16";
  if (first === 0xfe && second === 0xff) return "UTF-16";
  if ((first === 0) !== (second === 0) && first !== undefined && second !== undefined)
    return "UTF-16 without a byte order mark";
  return undefined;
}
