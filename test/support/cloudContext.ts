import pg from "pg";
import { afterAll, beforeAll } from "vitest";
import type { Connection } from "../../infra/database/connection/connection.ts";
import type { CloudContext, Service, StartService } from "../../local/cloud/context.ts";
import { createFaultSwitch, type FaultSwitch } from "../../local/cloud/faults.ts";
import { findFreePorts } from "./freePorts.ts";
import { usePostgres } from "./postgres.ts";

export interface TestCloud {
  faults: FaultSwitch;
  context(): CloudContext;
  /** Creates a database like that of a new Supabase project. */
  createDatabase(): Promise<Connection>;
  /** Starts one service of the local cloud, and closes it after the file. */
  start(service: StartService): Promise<Service>;
}

/** Prepares the context of the local cloud's services on a real cluster, without the supervisor and the router. */
export function useCloudContext(options: { projectWaitMs?: number } = {}): TestCloud {
  const postgres = usePostgres();
  const services: Service[] = [];
  const faults = createFaultSwitch();
  let context: CloudContext | undefined;

  beforeAll(async () => {
    const [supabase, cloudflare, transaction, session, dns, app, control] = (await findFreePorts(7)) as Ports;
    const store = new pg.Pool(await postgres.createDatabase());
    context = {
      settings: {
        dir: "/nonexistent",
        ports: { supabase, cloudflare, transaction, session, dns, app, control, postgres: postgres.cluster().port },
        tokens: { supabase: "sbp_test", cloudflare: "cloudflare-test", control: "control-test" },
        mainDatabase: await postgres.createDatabase(),
        projectWaitMs: options.projectWaitMs ?? 300,
        cluster: { id: "test", superuserPassword: "unused", storePassword: "unused" },
      },
      cluster: postgres.cluster(),
      store,
      faults,
      log: () => undefined,
    };
  });
  afterAll(async () => {
    for (const service of services) await service.close();
    await context?.store.end();
  });

  const get = () => {
    if (!context) throw new Error("The context exists only inside tests and hooks.");
    return context;
  };
  return {
    faults,
    context: get,
    createDatabase: () => postgres.createDatabase(),
    async start(service) {
      const started = await service(get());
      services.push(started);
      return started;
    },
  };
}

type Ports = [number, number, number, number, number, number, number];
