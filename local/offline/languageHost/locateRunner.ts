import { createRequire } from "node:module";
import { join } from "node:path";

/** Finds a module of the program's own `@pulumi/pulumi`, from the program's folder, or returns the official host's refusal. */
export function locateRunner(
  module: string,
  directory: string,
  installCommand: string,
): { file: string } | { problem: string } {
  try {
    return { file: createRequire(join(directory, "program.js")).resolve(module) };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const isMissing = code === "MODULE_NOT_FOUND";
    return {
      problem: isMissing
        ? `It looks like the Pulumi SDK has not been installed. Have you run ${installCommand}?`
        : message,
    };
  }
}
