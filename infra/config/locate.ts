import { type Document, isMap, isScalar, isSeq, type Node, type ParsedNode } from "yaml";
import { isSecure } from "./checks/checkForm.ts";
import { parseSource } from "./parseSource.ts";
import type { Finding, PathSegment, Problem, SourceFile } from "./problem.ts";

export interface SourceMap {
  /** Returns the place of a finding: its value or key, or the nearest existing one around it. */
  locate(finding: Pick<Finding, "path" | "about">): NonNullable<Problem["at"]> | undefined;
  /** Returns whether the value at a path, or anything around it, is encrypted; undefined for a path that the file lacks. */
  isEncrypted(path: readonly PathSegment[]): boolean | undefined;
  /** See {@link parseSource}. */
  form: Problem[];
  document: Document;
}

/** Maps paths to places in a stack file. A file that does not parse maps nothing, and says so in `form`. */
export function mapSource(file: SourceFile): SourceMap {
  const { document, lines, problems } = parseSource(file);
  const walk = (path: readonly PathSegment[]): Step[] => {
    const [first, ...rest] = path;
    const top = step(document.contents, "config");
    if (top === undefined || first === undefined) return top === undefined ? [] : [top];
    // Pulumi takes a key without a namespace as one of the project's.
    const bare = String(first).replace(/^stagesub:/, "");
    const key = step(top.value, first) ?? step(top.value, bare);
    const steps = key === undefined ? [top] : [top, key];
    for (const segment of key === undefined ? [] : rest) {
      const next = step(steps.at(-1)?.value, segment);
      if (next === undefined) break;
      steps.push(next);
    }
    return steps;
  };
  return {
    form: problems,
    document,
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

interface Step {
  keyAt: number | undefined;
  valueAt: number | undefined;
  value: unknown;
}

function step(parent: unknown, segment: PathSegment): Step | undefined {
  if (isSeq(parent) && typeof segment === "number") {
    const item = parent.items[segment];
    return item === undefined ? undefined : { keyAt: startOf(item), valueAt: startOf(item), value: item };
  }
  if (!isMap(parent)) return undefined;
  const pair = parent.items.find(({ key }) => isScalar(key) && String(key.value) === String(segment));
  if (pair === undefined) return undefined;
  return { keyAt: startOf(pair.key), valueAt: startOf(pair.value), value: pair.value };
}

function startOf(node: unknown): number | undefined {
  const range = (node as Partial<Node & ParsedNode> | null)?.range;
  return range?.[0];
}
