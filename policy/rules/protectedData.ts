import { isPoolName } from "../../infra/config/schema/names.ts";
import type { Resource } from "../readResource.ts";
import type { StackFacts } from "../readStackFacts.ts";
import type { Rule } from "../rule.ts";
import { types } from "../types.ts";

/**
 * Every resource that holds an orchestra's data is protected, on every stack that others can reach. A spare holds none, and a retired
 * orchestra's resources may go once its lines say so.
 */
export const protectedData: Rule = {
  name: "protected-data",
  description:
    "Pulumi refuses to delete what holds an orchestra's data: its Supabase project, its database, the main database.",
  check: (resource, facts) => {
    const what = describe(resource, facts);
    if (what === undefined || resource.protect) return [];
    const { isDisposable, released } = facts();
    if (isDisposable || released.has(resource.name)) return [];
    return [
      `Refusing ${what} that is not protected: one change of the program could delete its data. Expected protect: true, got false. ` +
        "Take `protect: false` out of stagesub:supabase (it counts where stagesub:domain ends with .localhost alone); an orchestra's own " +
        "database is let go by `state: retired` and `protect: false` among its lines.",
    ];
  },
};

function describe({ type, name, props }: Resource, facts: () => StackFacts): string | undefined {
  if (type === types.registry) return "the main database";
  if (type === types.database && props["owner"] !== undefined) return `the database ${name}`;
  // A project does not say who holds its database.
  if (type === types.project && (!isPoolName(name) || facts().held.has(name))) return `the Supabase project of ${name}`;
  return undefined;
}
