import { leaveWithEngine } from "./lifecycle.ts";
import { provider as OrchestraDatabase } from "./orchestraDatabaseProvider.ts";
import { provider as OrchestraRegistration } from "./orchestraRegistrationProvider.ts";
import { provider as OrchestraRetirement } from "./orchestraRetirementProvider.ts";
import { provider as RegistryDatabase } from "./registryDatabaseProvider.ts";

const providers = { OrchestraDatabase, OrchestraRegistration, OrchestraRetirement, RegistryDatabase };

/** Returns the provider of a kind: see infra/start.cjs. */
export function start(kind: keyof typeof providers): object {
  leaveWithEngine();
  return providers[kind];
}
