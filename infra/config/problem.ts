import { quote } from "./describeValue.ts";

/** A stack file. */
export interface SourceFile {
  path: string;
  text: string;
}

/** A key, or an index of a list, on the way from the file's `config:` to a value. */
export type PathSegment = string | number;

/** Something the stack file says that cannot be used, before it is known on which line it stands. */
export interface Finding {
  path: PathSegment[];
  /** Whether the key itself is wrong (unknown, forbidden) or what stands behind it. */
  about: "key" | "value";
  expected: string;
  /** The value that came instead, in words. Never a secret's value. */
  got: string;
  why?: string;
  /** The text to write or the command to run. */
  remedy: string;
}

/** A finding with its place, as people and editors get it. */
export interface Problem {
  /** `stagesub:orchestras.malmo.contact.email`, or the name of an environment variable. */
  path: string;
  at?: { file: string; line: number; column: number };
  expected: string;
  got: string;
  why?: string;
  remedy: string;
}

/** Writes a path as Pulumi's own `--path` option takes it; a connection string that became a key stays unsaid. */
export function formatPath(path: readonly PathSegment[]): string {
  const [first, ...rest] = path;
  const tail = rest.map((segment) => {
    if (typeof segment === "number") return `[${segment}]`;
    if (/:\/\//.test(segment)) return "[…]";
    return /^[\w-]+$/.test(segment) ? `.${segment}` : `[${quote(segment)}]`;
  });
  return [/:\/\//.test(String(first)) ? "stagesub:…" : String(first ?? "config"), ...tail].join("");
}
