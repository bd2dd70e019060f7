import { type Document, isAlias, isCollection, isMap, isPair, isScalar, type Scalar, visit } from "yaml";
import { z } from "zod";
import type { Place, Problem, SourceFile } from "../problem.ts";

/**
 * Finds forms of YAML that Pulumi's reader (Go's yaml.v3) and ours do not read alike, or through which an edit of one entry would reach
 * another one. Both readers agree on a file that passes.
 *
 * @param at the place of a node
 */
export function checkForm(
  document: Document,
  { path: file, text }: SourceFile,
  at: (node: unknown) => Place,
): Problem[] {
  const problems: Problem[] = [];
  const report = (node: unknown, [expected, got, remedy, why]: Complaint) =>
    void problems.push({ path: file, at: at(node), expected, got, ...(why !== undefined && { why }), remedy });
  visit(document, {
    Node: (_key, node, path) => {
      if (isAlias(node)) return report(node, shared("an alias (*)"));
      if (node.anchor !== undefined) report(node, shared("an anchor (&)"));
      if (node.tag !== undefined) report(node, tagged);
      const secret = isMap(node) && isSecure(node) ? node.items[0]!.value : undefined;
      if (isScalar(secret) && !(typeof secret.value === "string" && ciphertext.test(secret.value)))
        report(secret, clearText);
      if (!isScalar(node)) return;
      const written = text.slice(node.range![0], node.range![1]);
      if (isOtherNumber(node)) report(node, otherNumber);
      const isInFlow = path.some((one) => isCollection(one) && one.flow);
      if (node.type === "PLAIN" && (isInFlow ? /^:|\?|:$/ : /:$/).test(written)) report(node, oddSign);
      if (node.type === "QUOTE_DOUBLE" && otherEscape.test(written)) report(node, escaped);
      // Pulumi loses a line break at the beginning and spaces before a later one, escaped as well.
      const breaks = node.type?.startsWith("BLOCK") ? /^.*\n *\r?\n/ : /\n/;
      if (breaks.test(written) || /^[\s\x85].*\n|^\n/s.test(String(node.value))) report(node, severalLines);
    },
    Pair: (_key, { key, value, srcToken }) => {
      if (isScalar(key) && key.value === "<<") return report(key, shared("a merge key (<<)"));
      if (isPair(key) || (!isScalar(key) && !isAlias(key))) return report(key ?? value, complexKey);
      if (!isScalar(key)) return;
      if (typeof key.value !== "string" || (key.type === "PLAIN" && isDate(key.value))) report(key, unquotedKey);
      const isExplicit = srcToken?.start.some(({ type }) => type === "explicit-key-ind");
      if (isExplicit || !isPlainKey(key, text)) report(key, oddKey);
    },
  });
  return problems;
}

/** Returns whether a node is `{ secure: … }`, as Pulumi writes an encrypted value. */
export function isSecure(node: unknown): boolean {
  if (!isMap(node) || node.items.length !== 1) return false;
  const [pair] = node.items;
  return isScalar(pair?.key) && pair.key.value === "secure" && isScalar(pair.value);
}

type Complaint = [expected: string, got: string, remedy: string, why?: string];

const shared = (got: string): Complaint => [
  "every entry written out where it stands",
  got,
  "write the values out in each entry",
  "an edit of one entry, such as a rotation, would change the others too",
];

const tagged: Complaint = ["plain YAML", "a tag (!…)", "remove the tag; quote what must stay text"];

const complexKey: Complaint = ["a name before the colon", "a list or a map", "write `name: value`"];

const unquotedKey: Complaint = ["a text before the colon", "a number, a date, a boolean or nothing", "quote it"];

const oddKey: Complaint = [
  "a name of at most 1000 characters, a colon and a space",
  "a key in another form",
  "write `name: value`",
];

const oddSign: Complaint = [
  "quotes around a text that ends with a colon, and between braces or brackets around one that begins with a colon or holds a ?",
  "none",
  "quote it",
];

const severalLines: Complaint = [
  "a text on one line, or below | or >",
  "one whose line breaks are read differently",
  "write it on one line, in quotes",
];

const escaped: Complaint = [
  "escapes that all readers of YAML know",
  "\\/ or half of a character",
  "write the character itself",
];

const clearText: Complaint = [
  "an encrypted value behind secure:",
  "a text that Pulumi has not encrypted (not shown)",
  "remove the entry, then set the value with `pulumi config set --secret --path`",
  "Pulumi cannot open it; a secret in it is in clear, and stays in the repository's history: change that too",
];

const otherNumber: Complaint = [
  "a number in decimal digits, or a text in quotes",
  "a number in another form, which readers of YAML do not agree about",
  "write 1000 and not 1_000, 0x3e8 or 1e3; quote it where it is a text",
];

/** Returns whether every reader of YAML takes a key for one. */
function isPlainKey({ range, type }: Scalar, text: string): boolean {
  const [start, end] = range!;
  const colon = type === "PLAIN" ? /^ *:(?=[ \r\n]|$)/ : /^ *:/;
  return /^.{0,1000}$/.test(text.slice(start, end)) && colon.test(text.slice(end, end + 80));
}

const otherEscape =
  /^(?:[^\\]|\\[^])*?\\(?:\/|u[dD][89a-fA-F]|U(?:0000[dD][89a-fA-F]|00[2-9a-fA-F]|001[1-9a-fA-F]|0[1-9a-fA-F]|[1-9a-fA-F]))/;

/** Encrypted text of Pulumi's own secrets managers and of its service. */
const ciphertext = /^(v1:[\w+/=:-]+|(?=.{24})(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?)$/;

/** Returns whether a text is a day of the calendar, YYYY-MM-DD: Go's reader takes such a plain text for a date. */
export function isDate(text: string): boolean {
  return z.iso.date().safeParse(text).success;
}

/** Matches the numbers of yaml.v3: signs, underscores, other bases, exponents (https://github.com/go-yaml/yaml/blob/v3/resolve.go). */
function isOtherNumber({ type, source = "" }: Scalar): boolean {
  if (type !== "PLAIN" || /^(-?(0|[1-9]\d{0,14})(\.\d+)?|0[0-7]{1,14})$/.test(source)) return false;
  const text = source.replaceAll("_", "");
  return (
    /^[-+]?(0[xX][\da-fA-F]+|0[oO]?[-+]?[0-7]+|0[bB][-+]?[01]+|\d+)$/.test(text) ||
    /^[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?$/.test(text) ||
    /^([-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$/.test(text) ||
    /^\d{4}-\d{1,2}-\d{1,2}([Tt]\d{1,2}:\d{1,2}:\d{1,2}(\.\d+)?(Z|[-+]\d\d:\d\d)| \d{1,2}:\d{1,2}:\d{1,2}(\.\d+)?)$/.test(
      source,
    ) ||
    /^\d{4}-(\d-\d{1,2}|\d{1,2}-\d)$/.test(source)
  );
}
