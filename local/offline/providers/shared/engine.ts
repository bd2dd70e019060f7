import grpc from "@grpc/grpc-js";
import engineproto from "@pulumi/pulumi/proto/engine_pb.js";
import engineservice from "@pulumi/pulumi/proto/engine_grpc_pb.js";

/** The connection back to the engine: warnings that the user sees beside a resource. */
export class Engine {
  #client: engineservice.EngineClient | undefined;

  constructor(address: string | undefined) {
    if (address) this.attach(address);
  }

  /** Sends to this engine from now on. */
  attach(address: string): void {
    if (!address) return;
    this.#client?.close();
    this.#client = new engineservice.EngineClient(address, grpc.credentials.createInsecure());
  }

  warn(message: string, urn = ""): void {
    const request = new engineproto.LogRequest()
      .setSeverity(engineproto.LogSeverity.WARNING)
      .setMessage(message)
      .setUrn(urn);
    // A warning that cannot be delivered must not fail the operation that it is about.
    this.#client?.log(request, () => undefined);
  }

  close(): void {
    this.#client?.close();
  }
}
