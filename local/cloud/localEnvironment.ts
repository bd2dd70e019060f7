import { formatConnectionUrl } from "../../infra/database/connection/connection.ts";
import { statePaths } from "./supervise/statePaths.ts";
import type { CloudSettings } from "./settings.ts";

/**
 * Returns the environment in which plain `pulumi` runs the program against this local cloud: the toolchain's own, the addresses of the
 * APIs, the DNS server and the main database, and the state and the passphrase of the stack `local`. Values hold secrets of the local
 * cloud.
 */
export function localEnvironment(
  settings: CloudSettings,
  toolchain: { environment: Record<string, string> },
): Record<string, string> {
  const at = (port: number) => `127.0.0.1:${port}`;
  return {
    ...toolchain.environment,
    // Our commands in the same shell look at this cloud.
    STAGESUB_LOCAL_DIR: settings.dir,
    // Pulumi does not write attribute files beside the state atomically: a kill would leave one empty, and the state unreadable.
    PULUMI_BACKEND_URL: `file://${statePaths(settings.dir).pulumi}?metadata=skip`,
    // Protects nothing: stacks/Pulumi.local.yaml and this state belong to a cloud that listens on loopback only.
    PULUMI_CONFIG_PASSPHRASE: "stagesub-local",
    PULUMI_CONTINUE_ON_ERROR: "true",
    // The state is a cache: the next run finds again the resources that a killed run did not write down.
    PULUMI_SKIP_CHECKPOINTS: "true",
    SUPABASE_ACCESS_TOKEN: settings.tokens.supabase,
    SUPABASE_API_ENDPOINT: `http://${at(settings.ports.supabase)}`,
    CLOUDFLARE_API_TOKEN: settings.tokens.cloudflare,
    CLOUDFLARE_BASE_URL: `http://${at(settings.ports.cloudflare)}/client/v4`,
    DATABASE_URL: formatConnectionUrl(settings.mainDatabase),
    // The program puts each orchestra's host name in place of {host}.
    STAGESUB_APP_URL: `http://{host}:${settings.ports.app}`,
    STAGESUB_LOCAL_DNS: at(settings.ports.dns),
  };
}
