import { leaveWithEngine } from "./lifecycle.ts";
import { provider as OrchestraDatabase } from "./orchestraDatabaseProvider.ts";
import { provider as OrchestraRegistration } from "./orchestraRegistrationProvider.ts";
import { provider as OrchestraRetirement } from "./orchestraRetirementProvider.ts";
import { provider as RegistryDatabase } from "./registryDatabaseProvider.ts";

const providers = { OrchestraDatabase, OrchestraRegistration, OrchestraRetirement, RegistryDatabase };

/** Returns the provider of a kind. Each dynamic resource's text in the state calls this in Pulumi's provider process: see dynamicResource.ts. */
export function start(kind: keyof typeof providers): object {
  leaveWithEngine();
  return providers[kind];
}
