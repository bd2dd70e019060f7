import type * as pulumi from "@pulumi/pulumi";

type Digests = Record<string, string>;

/**
 * Refuses at preview what the database itself would refuse at `up`: a file that was applied and has since been edited
 * or taken away, and a new file that sorts before an applied one.
 */
export function checkMigrations(database: string, applied: Digests | undefined, files: Digests): pulumi.dynamic.CheckFailure[] {
  if (applied === undefined) return [];
  const last = Object.keys(applied).sort().at(-1) ?? "";
  const reasons = Object.keys({ ...applied, ...files }).sort().flatMap((file) => {
    const [before, after] = [applied[file], files[file]];
    if (before === undefined) {
      return file < last
        ? [`${file} is new but sorts before ${last}, which ${database} has already applied. Give it a number after ${last}.`]
        : [];
    }
    if (after === undefined) {
      return [`${file} is missing, but ${database} has applied it. Bring it back from version control.`];
    }
    return before === after
      ? []
      : [
          `Refusing to apply over an edited migration: ${file} was applied to ${database} with SHA-256 ${before.slice(0, 12)}…, ` +
            `the file now has ${after.slice(0, 12)}…. Restore the file and put the change into a new migration.`,
        ];
  });
  return reasons.map((reason) => ({ property: "migrations", reason }));
}
