import { type Document, isMap, isNode, isScalar, isSeq } from "yaml";
import { isSecure } from "./checks/checkForm.ts";
import { parseSource } from "./parseSource.ts";
import type { ConfigProblem, PathSegment, Place, Problem, SourceFile } from "./problem.ts";

export interface SourceMap {
  /** Returns the place of a finding: its value or key, or the nearest existing one around it. */
  locate(finding: Pick<ConfigProblem, "path" | "atKey">): Place | undefined;
  /** Returns whether the value at a path, or anything around it, is encrypted; undefined for a path that the file lacks. */
  isEncrypted(path: readonly PathSegment[]): boolean | undefined;
  /** See {@link parseSource}. */
  form: Problem[];
  document: Document;
}

/** Maps paths to places in a stack file. A file that does not parse maps nothing, and says so in `form`. */
export function mapSource(file: SourceFile): SourceMap {
  const { document, at, problems } = parseSource(file);
  return {
    form: problems,
    document,
    locate({ path, atKey }) {
      const steps = walk(document, path);
      const last = steps.at(-1);
      const isValue = steps.length === path.length + 1 && !atKey && isNode(last?.value);
      return last && at(isValue ? last.value : last.key);
    },
    isEncrypted(path) {
      const steps = walk(document, path);
      if (steps.some(({ value }) => isSecure(value))) return true;
      return steps.length === path.length + 1 ? false : undefined;
    },
  };
}

interface Step {
  key: unknown;
  value: unknown;
}

/** Returns the entries on the way to a path, `config:` first, as far as the file has them. */
function walk({ contents }: Document, path: readonly PathSegment[]): Step[] {
  const steps: Step[] = [];
  let parent: unknown = contents;
  for (const segment of ["config", ...path]) {
    // Pulumi takes a key without a namespace as one of the project's.
    const found =
      step(parent, segment) ?? (steps.length === 1 && step(parent, String(segment).replace(/^stagesub:/, "")));
    if (!found) break;
    steps.push(found);
    parent = found.value;
  }
  return steps;
}

function step(parent: unknown, segment: PathSegment): Step | undefined {
  if (isSeq(parent) && typeof segment === "number") {
    const item = parent.items[segment];
    return item === undefined ? undefined : { key: item, value: item };
  }
  if (!isMap(parent)) return undefined;
  return parent.items.find(({ key }) => isScalar(key) && String(key.value) === String(segment));
}
