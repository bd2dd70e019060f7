import { parse } from "dotenv";

import { decodeText } from "../../infra/util/readTextFile.ts";

export interface DotenvVariable {
  name: string;
  value: string;
  /** From 1. */
  line: number;
}

/**
 * Reads the variables of a dotenv file whose names hold DATABASE_URL. Every line that mentions one outside a comment is either read, by the
 * library that apps read such files with and by the line itself to the same value, or a problem with its number: none is passed over. No
 * value is ever repeated.
 */
export function readDotenv(bytes: Uint8Array): { variables: DotenvVariable[]; problems: string[] } {
  const text = decodeText(bytes, { utf16: true, loneCr: true });
  if (typeof text !== "string") return { variables: [], problems: [`line ${text.line}: ${text.reason}`] };
  const parsed = parse(text);
  // The library also begins a line after these characters, even in a comment.
  const lines = text.split(/\r\n?|[\n\u2028\u2029]/);
  const places = new Map<string, number[]>();
  for (const [index, content] of lines.entries()) {
    const name = assignment.exec(content)?.[1];
    if (name !== undefined) places.set(name, [...(places.get(name) ?? []).slice(0, 1), index]);
  }
  const variables: DotenvVariable[] = [];
  const problems: string[] = [];
  for (const [index, content] of lines.entries()) {
    const visible = content.replace(/\p{Cf}/gu, "").toUpperCase();
    if (/^\s*#/.test(content) || !visible.includes(interest)) continue;
    const line = index + 1;
    const [, name = "", written = ""] = assignment.exec(content) ?? [];
    const value = readValue(written);
    const rest = content.slice(content.indexOf(name) + name.length);
    const twin = places.get(name)?.find((place) => place !== index);
    if (twin !== undefined)
      problems.push(`line ${line} sets ${name}, and so does line ${twin + 1}: remove one of the two`);
    else if (value === undefined || parsed[name] !== value || anotherAssignment.test(rest))
      problems.push(`line ${line} names ${interest} and cannot be read: ${remedy}`);
    else if (name.includes(interest)) variables.push({ name, value, line });
    else if (name.toUpperCase().includes(interest))
      problems.push(`line ${line}: expected ${name.toUpperCase()}, got ${name}`);
  }
  return { variables, problems };
}

const interest = "DATABASE_URL";

const remedy = 'write NAME="value" on a line of its own, and close the quotes of the lines before it';

const assignment = /^\s*(?:export\s+)?([\w.-]+)(?:\s*=|:\s)\s*(.*?)\s*$/;

/** Matches another assignment, further down the line. */
const anotherAssignment = /DATABASE_URL\w*\s*[=:]/i;

/** Reads the whole value on a line; undefined if its end is in doubt. */
function readValue(written: string): string | undefined {
  const quoted = /^(["'`])([^"'`\\]*)\1\s*(?:#.*)?$/.exec(written)?.[2];
  return quoted ?? /^([^\s"'`#][^"'`#]*?|)(?:\s+#.*)?$/.exec(written)?.[1];
}
