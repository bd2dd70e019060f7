import { type Document, isAlias, isMap, isPair, isScalar, type LineCounter, type Node, type Scalar, visit } from "yaml";
import type { Problem } from "../problem.ts";

type Complaint = Pick<Problem, "expected" | "got" | "remedy"> & { why?: string };

/**
 * Finds forms of YAML that Pulumi's reader (Go's yaml.v3) and ours do not read alike, or through which an edit of one entry would reach
 * another one. Whatever passes means the same to both.
 */
export function checkForm(document: Document, lines: LineCounter, file: string): Problem[] {
  const problems: Problem[] = [];
  const report = (node: unknown, complaint: Complaint) => {
    const { line, col } = lines.linePos((node as Partial<Node>).range?.[0] ?? 0);
    problems.push({ path: file, at: { file, line, column: col }, ...complaint });
  };
  visit(document, {
    Node: (_key, node) => {
      if (isAlias(node)) return report(node, shared("*", "an alias"));
      if (node.anchor !== undefined) report(node, shared("&", "an anchor"));
      if (node.tag !== undefined) report(node, tagged);
      if (isScalar(node) && isOtherNumber(node)) report(node, otherNumber);
    },
    Pair: (_key, { key, value }) => {
      if (isScalar(key) && key.value === "<<" && key.type === "PLAIN") return report(key, shared("<<", "a merge key"));
      if (isPair(key) || (!isScalar(key) && !isAlias(key))) return report(key ?? value, complexKey);
      if (isScalar(key) && typeof key.value !== "string") report(key, unquotedKey);
      const secret = isMap(value) && isSecure(value) ? value.items[0]!.value : undefined;
      if (isScalar(secret) && !(typeof secret.value === "string" && ciphertext.test(secret.value)))
        report(secret, clearText);
    },
  });
  return problems;
}

/** `{ secure: … }`, as Pulumi writes an encrypted value. */
export function isSecure(node: unknown): boolean {
  if (!isMap(node) || node.items.length !== 1) return false;
  const [pair] = node.items;
  return isScalar(pair?.key) && pair.key.value === "secure" && isScalar(pair.value);
}

const shared = (sign: string, got: string): Complaint => ({
  expected: "every entry written out where it stands",
  got: `${got} (${sign})`,
  why: "an edit of one entry, such as a rotation, would change the others too",
  remedy: "write the values out in each entry",
});

const tagged: Complaint = {
  expected: "plain YAML",
  got: "a tag (!…)",
  remedy: "remove the tag; quote what must stay text",
};
const complexKey: Complaint = {
  expected: "a name before the colon",
  got: "a list or a map",
  remedy: "write `name: value`",
};
const unquotedKey: Complaint = {
  expected: "a text before the colon",
  got: "a number, a boolean or nothing",
  remedy: "quote it",
};

/** As Pulumi's own secrets managers write it, and as its service does. */
const ciphertext = /^(v1:[\w+/=:-]+|(?=.{24})(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?)$/;

const clearText: Complaint = {
  expected: "an encrypted value behind secure:",
  got: "a text that Pulumi has not encrypted (not shown)",
  why: "Pulumi cannot open it; a secret in it is in clear, and stays in the repository's history: change that too",
  remedy: "remove the entry, then set the value with `pulumi config set --secret --path`",
};

const otherNumber: Complaint = {
  expected: "a number in decimal digits, or a text in quotes",
  got: "a number in another form, which readers of YAML do not agree about",
  remedy: "write 1000 and not 1_000, 0x3e8 or 1e3; quote it where it is a text",
};

/** Matches the numbers of yaml.v3: signs, underscores, other bases, exponents (https://github.com/go-yaml/yaml/blob/v3/resolve.go). */
function isOtherNumber({ type, source = "" }: Scalar): boolean {
  if (type !== "PLAIN" || /^-?(0|[1-9]\d*)(\.\d+)?$/.test(source) || /^0[0-7]+$/.test(source)) return false;
  const text = source.replaceAll("_", "");
  return (
    /^[-+]?(0[xX][\da-fA-F]+|0[oO]?[0-7]+|0[bB][01]+|\d+)$/.test(text) ||
    /^[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?$/.test(text) ||
    /^([-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$/.test(text) ||
    /^\d{4}-\d{1,2}-\d{1,2}([Tt]\d{1,2}:\d{1,2}:\d{1,2}(\.\d+)?(Z|[-+]\d\d:\d\d)| \d{1,2}:\d{1,2}:\d{1,2}(\.\d+)?)$/.test(
      source,
    ) ||
    /^\d{4}-(\d-\d{1,2}|\d{1,2}-\d)$/.test(source)
  );
}
