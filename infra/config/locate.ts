import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, type ParsedNode } from "yaml";
import { checkTopLevel } from "./checkTopLevel.ts";
import type { Finding, PathSegment, Problem } from "./problem.ts";

export interface SourceFile {
  path: string;
  text: string;
}

export interface SourceMap {
  /** Where a finding stands: its value or key, or the nearest thing around it that does exist. */
  locate(finding: Pick<Finding, "path" | "about">): NonNullable<Problem["at"]> | undefined;
  /** Whether the value at a path, or anything around it, is encrypted; undefined where the file does not hold it. */
  isEncrypted(path: readonly PathSegment[]): boolean | undefined;
  /** What stands beside `config:` and does not belong there. */
  topLevel: Problem[];
}

/** Maps paths to places in a stack file. A file that does not parse (Pulumi's YAML is more lenient) maps nothing. */
export function mapSource(file: SourceFile): SourceMap {
  const lines = new LineCounter();
  const document = parseDocument(file.text, { lineCounter: lines });
  const walk = (path: readonly PathSegment[]): Step[] => {
    const [first, ...rest] = path;
    const top = step(document.contents, "config", resolve);
    if (top === undefined || first === undefined) return top === undefined ? [] : [top];
    // Pulumi takes a key without a namespace as one of the project's.
    const bare = String(first).replace(/^stagesub:/, "");
    const key = step(top.value, first, resolve) ?? step(top.value, bare, resolve);
    const steps = key === undefined ? [top] : [top, key];
    for (const segment of key === undefined ? [] : rest) {
      const next = step(steps.at(-1)?.value, segment, resolve);
      if (next === undefined) break;
      steps.push(next);
    }
    return steps;
  };
  const resolve = (node: unknown) => (isAlias(node) ? node.resolve(document) : node);
  return {
    topLevel: document.errors.length > 0 ? [] : checkTopLevel(document, lines, file.path),
    locate({ path, about }) {
      const steps = walk(path);
      const last = steps.at(-1);
      const complete = steps.length === path.length + 1;
      const offset = last && (complete && about === "value" ? (last.valueAt ?? last.keyAt) : last.keyAt);
      if (offset === undefined) return undefined;
      const { line, col } = lines.linePos(offset);
      return { file: file.path, line, column: col };
    },
    isEncrypted(path) {
      const steps = walk(path);
      if (steps.some(({ value }) => isSecure(value))) return true;
      return steps.length === path.length + 1 ? false : undefined;
    },
  };
}

/** `{ secure: … }`, as Pulumi writes an encrypted value. */
export function isSecure(node: unknown): boolean {
  if (!isMap(node) || node.items.length !== 1) return false;
  const [pair] = node.items;
  return isScalar(pair?.key) && pair.key.value === "secure" && isScalar(pair.value);
}

interface Step {
  keyAt: number | undefined;
  valueAt: number | undefined;
  value: unknown;
}

function step(node: unknown, segment: PathSegment, resolve: (node: unknown) => unknown): Step | undefined {
  const parent = resolve(node);
  if (isSeq(parent) && typeof segment === "number") {
    const item = parent.items[segment];
    return item === undefined ? undefined : { keyAt: startOf(item), valueAt: startOf(item), value: resolve(item) };
  }
  if (!isMap(parent)) return undefined;
  const pair = parent.items.find(({ key }) => isScalar(key) && String(key.value) === String(segment));
  if (pair === undefined) return undefined;
  return { keyAt: startOf(pair.key), valueAt: startOf(pair.value), value: resolve(pair.value) };
}

function startOf(node: unknown): number | undefined {
  const range = (node as Partial<Node & ParsedNode> | null)?.range;
  return range?.[0];
}
