import { quoteForShell } from "../util/text.ts";
import { quote } from "./describeValue.ts";

/** A stack file. */
export interface SourceFile {
  path: string;
  text: string;
}

/** A key, or an index of a list, on the way from the file's `config:` to a value. */
export type PathSegment = string | number;

/** A mistake in words. */
interface Mistake {
  expected: string;
  /** The value that came instead, in words. Never a secret's value. */
  got: string;
  why?: string;
  /** The text to write or the command to run. */
  remedy: string;
}

/** A mistake in the stack file, before its line is known. */
export interface ConfigProblem extends Mistake {
  path: PathSegment[];
  /** The key itself is wrong (unknown, forbidden), not the value behind it. */
  atKey?: boolean;
}

/** A mistake with its place, as people and editors get it. */
export interface Problem extends Mistake {
  /** `stagesub:orchestras.malmo.contact.email`, or the name of an environment variable. */
  path: string;
  at?: Place;
}

/** Line and column count from 1. */
export interface Place {
  file: string;
  line: number;
  column: number;
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

/** Returns the command that sets an encrypted value. It asks for the value, to keep it from the history and the process list. */
export function setSecretCommand(path: readonly PathSegment[], stack: string): string {
  const name = formatPath(path);
  // A key is somebody's text, and this line is made to be copied into a shell.
  const quoted = /[^\w:.-]/.test(name) ? quoteForShell(name) : name;
  return `pulumi config set --secret ${path.length > 1 ? "--path " : ""}${quoted} -s ${stack}`;
}
