import path from "node:path";

/** Resolves a path that a user gave, from the caller's folder: npm changes to the checkout and passes that folder on. */
export function resolveFromCaller(given: string): string {
  return path.resolve(process.env["INIT_CWD"] ?? process.cwd(), given);
}
