import { formatPath, type PathSegment } from "./problem.ts";

/** Returns the command that sets an encrypted value. The command asks for the value, to keep it from the history and the process list. */
export function setSecretCommand(path: readonly PathSegment[], stack: string): string {
  const name = formatPath(path);
  // A key is somebody's text, and this line is made to be copied into a shell.
  const quoted = /[^\w:.-]/.test(name) ? `'${name.replaceAll("'", `'\\''`)}'` : name;
  return `pulumi config set --secret ${path.length > 1 ? "--path " : ""}${quoted} -s ${stack}`;
}
