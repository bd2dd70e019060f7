import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import grpc from "@grpc/grpc-js";
import providerService from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import struct, { type JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb.js";
import { afterAll, beforeAll } from "vitest";

import { providerText } from "../../infra/resources/dynamicResource.ts";
import { standInKey } from "../../infra/config/schema/keySchema.ts";
import { writeDynamicProviderLauncher } from "../../local/offline/writeLauncher.ts";
import { root } from "./checkout.ts";

/** Pulumi's process in which dynamic resources are made, with the test in the engine's place. */
export interface DynamicProvider {
  pid: number;
  /** Makes a resource of a kind, such as `OrchestraDatabase`, and resolves with its outputs. */
  create(kind: string, inputs: object): Promise<object>;
  /** Kills the process if it still runs, and resolves when it has ended. */
  kill(): Promise<void>;
  /** Closes the process's standard input, as a killed engine does. */
  abandon(): void;
  /** Resolves when the process has ended. */
  ended: Promise<unknown>;
}

/** Starts such processes for a describe block, as the engine does. */
export function useDynamicProviders(): { start(): Promise<DynamicProvider> } {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "stagesub-provider-"));
    await writeDynamicProviderLauncher(path.join(folder, "provider"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  return { start: () => start(path.join(folder, "provider")) };
}

async function start(launcher: string): Promise<DynamicProvider> {
  // The engine's address, where nobody listens: only its log would go there.
  // As with Pulumi's own launcher, a shell stays between the engine and the process; ours gives way to the process.
  const child = spawn("sh", ["-c", '"$0" "$@"; exit', launcher, "127.0.0.1:1"], {
    cwd: path.join(root, "infra"),
    stdio: ["pipe", "pipe", "ignore"],
    // A group of its own, as the engine gives each plugin.
    detached: true,
  });
  const ended = once(child, "exit");
  const [port] = (await once(createInterface(child.stdout), "line")) as [string];
  const client = new providerService.ResourceProviderClient(
    `127.0.0.1:${port}`,
    grpc.credentials.createInsecure(),
  ) as unknown as grpc.Client & Calls;
  await call((callback) =>
    client.configure(new messages.ConfigureRequest().setArgs(toStruct({ "stagesub:key": standInKey })), callback),
  );
  return {
    pid: child.pid!,
    create: async (kind, inputs) => {
      const properties = toStruct({ ...inputs, __provider: providerText(kind) });
      const request = new messages.CreateRequest().setUrn(`urn:pulumi:test::stagesub::${kind}::test`);
      const answer = await call<Created>((callback) => client.create(request.setProperties(properties), callback));
      return answer.getProperties()!.toJavaScript();
    },
    kill: async () => {
      client.close();
      try {
        process.kill(-child.pid!, "SIGKILL");
      } catch {
        // It has ended already.
      }
      await ended;
    },
    abandon: () => child.stdin.end(),
    ended,
  };
}

type Created = InstanceType<typeof messages.CreateResponse>;
type Callback<T> = (error: grpc.ServiceError | null, answer: T) => void;

interface Calls {
  configure(request: InstanceType<typeof messages.ConfigureRequest>, callback: Callback<unknown>): void;
  create(request: InstanceType<typeof messages.CreateRequest>, callback: Callback<Created>): void;
}

function call<T>(send: (callback: Callback<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    send((error, answer) => (error ? reject(error) : resolve(answer)));
  });
}

function toStruct(values: object): InstanceType<typeof struct.Struct> {
  return struct.Struct.fromJavaScript(JSON.parse(JSON.stringify(values)) as Record<string, JavaScriptValue>);
}
