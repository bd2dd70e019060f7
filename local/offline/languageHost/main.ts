import { Server, ServerCredentials } from "@grpc/grpc-js";
import type { sendUnaryData, ServerUnaryCall } from "@grpc/grpc-js";
import languageService from "@pulumi/pulumi/proto/language_grpc_pb.js";
import language from "@pulumi/pulumi/proto/language_pb.js";
import plugins from "@pulumi/pulumi/proto/plugin_pb.js";
import { runPolicyPack } from "./runPolicyPack.ts";
import { runProgram } from "./runProgram.ts";

/**
 * `pulumi-language-nodejs` for a CLI built from Go modules, which do not include the official one. It serves the part of
 * `pulumirpc.LanguageRuntime` that `up`, `preview`, `refresh`, `destroy` and `plugin ls` use, with or without a policy pack; the rest
 * (`pulumi new`, `install`, `about`, code generation) answers UNIMPLEMENTED. The engine passes its own address as the last argument and reads
 * the port from the first line of stdout.
 */
const engine = process.argv.at(-1) ?? "";
const stopping = new AbortController();
const running = new Set<Promise<unknown>>();

const server = new Server({ "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 });
server.addService(languageService.LanguageRuntimeService, {
  handshake: answer(() => new language.LanguageHandshakeResponse()),
  getPluginInfo: answer(() => new plugins.PluginInfo()),
  // The official host looks for packages in node_modules below the folder of `main`: this project has none there.
  getRequiredPackages: answer(() => new language.GetRequiredPackagesResponse()),
  run: answer((request: InstanceType<typeof language.RunRequest>, cancelled) => {
    const run = runProgram(request, engine, AbortSignal.any([stopping.signal, cancelled]));
    running.add(run);
    return run.finally(() => running.delete(run));
  }),
  runPlugin: (call: Parameters<typeof runPolicyPack>[0]) => {
    const run = runPolicyPack(call, stopping.signal);
    running.add(run);
    void run.finally(() => running.delete(run));
  },
  // Empty in, Empty out.
  cancel: answer((empty: object) => {
    stopping.abort();
    return empty;
  }),
});

server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  process.stdout.write(`${port}\n`);
});

// The engine runs its plugins in process groups of their own, so the terminal's Ctrl-C reaches only the CLI, which then interrupts this
// group. If the CLI is killed outright, the pipe that is our stdin closes.
process.once("SIGINT", stop);
process.once("SIGTERM", stop);
process.stdin.once("end", stop).once("error", stop).resume();

/**
 * Ends the program, if one runs, then this process; without a program, at once. (Not `server.tryShutdown`, which waits for the engine to
 * close its connection while the engine waits for us.)
 */
function stop(): void {
  stopping.abort();
  void Promise.allSettled(running).then(() => process.exit(0));
  // A program that never ends must not hold up this process; the engine itself gives its plugins five seconds.
  setTimeout(() => process.exit(0), 4_000).unref();
}

/** Makes a gRPC handler of a function: the result is the answer, a thrown error the error. */
function answer<Request, Response>(work: (request: Request, cancelled: AbortSignal) => Response | Promise<Response>) {
  return (call: ServerUnaryCall<Request, Response>, callback: sendUnaryData<Response>): void => {
    const cancelled = new AbortController();
    call.on("cancelled", () => cancelled.abort());
    Promise.resolve()
      .then(() => work(call.request, cancelled.signal))
      .then(
        (response) => callback(null, response),
        (error: unknown) => callback(error instanceof Error ? error : new Error(String(error))),
      );
  };
}
