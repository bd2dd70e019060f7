import { type Connection, parseConnectionUrl, trust } from "../../infra/database/connection.ts";
import type { Registration } from "../../infra/database/registration.ts";
import { statuses } from "../fleet/readFleet.ts";
import type { OpenStack } from "../openStack.ts";

/** One orchestra as it ought to be, and the ways into it. */
export interface Subject {
  id: string;
  /** "malmo.stagesub.com" */
  host: string;
  /** "https://malmo.stagesub.com" */
  url: string;
  /** Where its CNAME has to point; behind Cloudflare's proxy the world sees addresses instead. */
  app: { target: string; proxied: boolean };
  /** Left out: not provisioned yet. Secret. */
  database?: { owner: Connection; app: Connection; oneTimePassword: string | undefined };
  /** File → SHA-256 of every migration on disk. */
  migrations: Record<string, string>;
  /** Its row in the main database; without the URL where it is not provisioned yet. */
  registration: Omit<Registration, "stack" | "orchestra" | "databaseUrl"> & { databaseUrl?: string };
}

/** Every orchestra that the stack file declares, by id. */
export function toSubjects({ plan, outputs, migrators }: Pick<OpenStack, "plan" | "outputs" | "migrators">): Subject[] {
  return plan.orchestras.map((orchestra) => {
    const { id, host, url, name, subdomain, contact, since, state } = orchestra;
    const key = orchestra.database.kind === "pool" ? orchestra.database.name : id;
    const [owner, appUrl, administrator] = [migrators[key], outputs.connections[id], outputs.administrators[id]];
    const provisioned = owner !== undefined && appUrl !== undefined && administrator !== undefined;
    return {
      id,
      host,
      url,
      app: plan.app,
      ...(provisioned && {
        database: {
          owner,
          app: trust(parseConnectionUrl(appUrl), plan.ca),
          oneTimePassword: administrator.oneTimePassword,
        },
      }),
      migrations: plan.migrations,
      registration: {
        name,
        subdomain,
        ...(appUrl !== undefined && { databaseUrl: appUrl }),
        status: statuses[state],
        contactName: contact.name,
        contactEmail: contact.email,
        setupDate: since,
      },
    };
  });
}
