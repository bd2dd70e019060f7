import { formatPath, type PathSegment } from "./problem.ts";

/** The command that sets an encrypted value. It asks for the value, which so reaches neither the history nor the process list. */
export function setSecretCommand(path: readonly PathSegment[], stack: string): string {
  const name = formatPath(path);
  const quoted = /[^\w:.-]/.test(name) ? `'${name}'` : name;
  return `pulumi config set --secret ${path.length > 1 ? "--path " : ""}${quoted} -s ${stack}`;
}
