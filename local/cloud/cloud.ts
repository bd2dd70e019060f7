import pg from "pg";
import { startApp } from "./app/startApp.ts";
import { startCloudflareApi } from "./cloudflare/startCloudflareApi.ts";
import { createDatabase, createRole } from "./cluster/projects.ts";
import { stopOrphanedCluster } from "./cluster/startCluster.ts";
import { superviseCluster } from "./cluster/superviseCluster.ts";
import type { CloudContext, Cluster, Service } from "./context.ts";
import { isListening, type Health } from "./control/health.ts";
import { startControl } from "./control/startControl.ts";
import { startDnsServer } from "./dns/startDnsServer.ts";
import { createFaultSwitch } from "./faults.ts";
import { checkPorts } from "./ports.ts";
import { startRouter } from "./router/startRouter.ts";
import { readGate } from "./router/readGate.ts";
import type { CloudSettings } from "./settings.ts";
import { startSupabaseApi } from "./supabase/startSupabaseApi.ts";

export interface CloudOptions {
  settings: CloudSettings;
  log(line: string): void;
  /** Called when a request over the control port asks the cloud to stop. */
  onStop(): void;
}

export interface Cloud {
  close(): Promise<void>;
}

/**
 * Starts the whole local cloud in this process and resolves when every part of it listens.
 *
 * @throws when a port is taken, before anything but the control port is open.
 */
export async function startCloud(options: CloudOptions): Promise<Cloud> {
  const { settings } = options;
  const log = (line: string) => options.log(line);
  const faults = createFaultSwitch();
  const opened: { close(): Promise<void> }[] = [];
  const services: Service[] = [];
  let cluster: Cluster | undefined;
  let status: "starting" | "running" | "stopping" = "starting";

  const close = async () => {
    status = "stopping";
    // In reverse: later services build on earlier ones.
    while (opened.length > 0) {
      await opened.pop()!.close();
    }
  };
  const add = (service: Service) => {
    opened.push(service);
    services.push(service);
    log(`${service.name} listens on 127.0.0.1:${service.port}`);
  };

  try {
    // First, since a listening port is a lock that no kill -9 leaves behind: only one supervisor at a time gets past this line.
    const { control, ...others } = settings.ports;
    await checkPorts({ control });
    const health = () => readHealth(status, services, cluster, settings);
    const stop = () => options.onStop();
    add(await startControl({ port: control, token: settings.tokens.control, faults, health, stop }));
    await stopOrphanedCluster(settings.dir);
    await checkPorts(others);

    const running = await superviseCluster({
      dir: settings.dir,
      port: settings.ports.postgres,
      id: settings.cluster.id,
      superuserPassword: settings.cluster.superuserPassword,
      durable: true,
      log,
    });
    opened.push(running);
    cluster = running;
    log(`postgres listens on 127.0.0.1:${running.port}, its log is ${running.logFile}`);
    await createOwnDatabases(running, settings);
    const store = openStore(settings, log);
    opened.push({ close: () => store.end() });

    const context: CloudContext = { settings, cluster: running, store, faults, log };
    for (const start of [startSupabaseApi, startCloudflareApi, startDnsServer, startApp]) add(await start(context));
    const route = { clusterPort: running.port, isOpen: readGate(store), faults, log };
    add(await startRouter("session", settings.ports.session, route));
    add(await startRouter("transaction", settings.ports.transaction, route));
    status = "running";
    return { close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Creates the main database and the services' store, each with an owner that is no superuser. */
async function createOwnDatabases(cluster: Cluster, settings: CloudSettings): Promise<void> {
  const { user, password, database } = settings.mainDatabase;
  await cluster.withDatabase("postgres", async (client) => {
    await createRole(client, user, "LOGIN NOSUPERUSER", password);
    await createDatabase(client, database, user);
    await createRole(client, storeName, "LOGIN NOSUPERUSER", settings.cluster.storePassword);
    await createDatabase(client, storeName, storeName);
  });
}

const storeName = "local_cloud";

function openStore(settings: CloudSettings, log: CloudOptions["log"]): pg.Pool {
  const store = new pg.Pool({
    host: "127.0.0.1",
    port: settings.ports.postgres,
    user: storeName,
    password: settings.cluster.storePassword,
    database: storeName,
    max: 20,
    connectionTimeoutMillis: 10_000,
  });
  // Idle connections break when the server restarts; the pool replaces them. Without a listener this process would end.
  store.on("error", (error) => log(`store: ${error.message}`));
  return store;
}

async function readHealth(
  status: "starting" | "running" | "stopping",
  services: Service[],
  cluster: Cluster | undefined,
  { ports }: CloudSettings,
): Promise<Health> {
  const answers = cluster?.withDatabase("postgres", (client) => client.query("select 1"));
  const isClusterUp = (await answers?.catch(() => undefined)) !== undefined;
  const checked = await Promise.all(
    services.map(async ({ name, port }) => ({ name, port, healthy: await isListening(port) })),
  );
  const all = [...(cluster ? [{ name: "postgres", port: ports.postgres, healthy: isClusterUp }] : []), ...checked];
  const running = all.every((service) => service.healthy) ? "healthy" : "failing";
  return { status: status === "running" ? running : status, pid: process.pid, services: all };
}
