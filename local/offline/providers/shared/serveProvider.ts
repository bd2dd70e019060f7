import grpc from "@grpc/grpc-js";
import providerservice from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import { createService } from "./createService.ts";
import type { Provider } from "./provider.ts";

export interface ServedProvider {
  port: number;
  close(): void;
}

/** Serves a provider on a free port of loopback. */
export async function serveProvider<Client>(provider: Provider<Client>): Promise<ServedProvider> {
  const server = new grpc.Server({ "grpc.max_receive_message_length": largestMessage });
  server.addService(providerservice.ResourceProviderService, createService(provider));
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return { port, close: () => server.forceShutdown() };
}

/** Runs a provider as Pulumi's plugin: serves it, prints the port on stdout as the engine expects, and ends with the engine. */
export async function runProvider<Client>(provider: Provider<Client>): Promise<void> {
  const served = await serveProvider(provider);
  process.stdout.write(`${served.port}\n`);
  exitWithParent(served);
}

/** 400 MB, the engine's own limit. */
const largestMessage = 400 * 1024 * 1024;

/** Ends this process with its parent: a killed engine sends no signal, and its plugins would stay forever. */
function exitWithParent(served: ServedProvider): void {
  const parent = process.ppid;
  const second = 1000;
  setInterval(() => {
    if (process.ppid === parent) return;
    served.close();
    process.exit(0);
  }, second).unref();
}
