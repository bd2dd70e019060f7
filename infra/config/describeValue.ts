import { escapeInvisible, holdsLogin, shorten } from "../util/text.ts";

/** Longest piece of a value that a message repeats; enough to recognise it by. */
const SHOWN = 80;

/**
 * Describes a value in words. Anything that could carry a password is described and not shown: a connection string pasted
 * into the wrong key is still a secret.
 */
export function describeValue(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "nothing (the key is there, its value is empty)";
  if (typeof value === "string") return describeText(value);
  if (typeof value === "number" || typeof value === "boolean") return `${JSON.stringify(value)} (a ${typeof value})`;
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : `a list of ${value.length}`;
  return "a map";
}

/** Describes a value without showing any of it. */
export function describeHidden(value: unknown): string {
  if (typeof value !== "string") return `${describeKind(value)} (not shown: it belongs to a secret)`;
  return value === "" ? "an empty text" : "a text that is not shown, because it is a secret";
}

function describeKind(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "a map" : `a ${typeof value}`;
}

function describeText(text: string): string {
  if (text === "") return "an empty text";
  if (holdsLogin(text)) return "a text that looks like a connection string (not shown)";
  if (/^(sbp_|sb_secret_|eyJ|v1:)/.test(text)) return "a text that looks like a token (not shown)";
  return quote(shorten(text, SHOWN));
}

/** Quotes a text as JSON, without signs that a terminal would obey or nobody would see. */
export function quote(text: string): string {
  return escapeInvisible(JSON.stringify(text));
}
