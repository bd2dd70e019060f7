import path from "node:path";

/** A path that a user gave, meant from where they called: npm changes to the checkout and tells where that was. */
export function resolveFromCaller(given: string): string {
  return path.resolve(process.env["INIT_CWD"] ?? process.cwd(), given);
}
