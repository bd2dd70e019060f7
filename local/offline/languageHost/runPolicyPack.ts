import { type ServerWritableStream, status } from "@grpc/grpc-js";
import language from "@pulumi/pulumi/proto/language_pb.js";
import { locateRunner } from "./locateRunner.ts";
import { parseRuntimeOptions } from "./parseRuntimeOptions.ts";
import { runNode } from "./runNode.ts";

type Call = ServerWritableStream<
  InstanceType<typeof language.RunPluginRequest>,
  InstanceType<typeof language.RunPluginResponse>
>;

/**
 * Answers `RunPlugin` for a policy pack: runs `@pulumi/pulumi/cmd/run-policy-pack` from the pack's own node_modules, in the pack's folder
 * and with the arguments of the official host, until the engine ends the call. The pack's output goes to the engine, which reads the port
 * from it. Unlike the official host, this one passes no stack configuration (`PULUMI_CONFIG`): that takes a proxy between the two.
 *
 * @param stopping interrupts the pack
 */
export async function runPolicyPack(call: Call, stopping: AbortSignal): Promise<void> {
  const { request } = call;
  const refuse = (details: string, code = status.FAILED_PRECONDITION): void =>
    void call.emit("error", { code, details });
  const info = request.getInfo();
  if (!info || request.getKind() !== "analyzer") {
    return refuse(`expected a policy pack to run; got a plugin of kind "${request.getKind()}"`, status.UNIMPLEMENTED);
  }
  const folder = info.getProgramDirectory();

  const options = parseRuntimeOptions(info.getOptions()?.toJavaScript() ?? {});
  if ("problem" in options) return refuse(options.problem);
  const runner = locateRunner("@pulumi/pulumi/cmd/run-policy-pack", folder, `npm install in ${folder}`);
  if ("problem" in runner) return refuse(runner.problem);
  const cancelled = new AbortController();
  call.once("cancelled", () => cancelled.abort());
  const exit = await runNode(
    [
      runner.file,
      // The official host gives them to the pack here, not to node.
      ...options.nodeArguments,
      ...request.getArgsList(),
      folder,
    ],
    {
      cwd: folder,
      env: readEnvironment(request.getEnvList()),
      cancelled: AbortSignal.any([stopping, cancelled.signal]),
      onOutput: (stream, bytes) => {
        const response = new language.RunPluginResponse();
        call.write(stream === "stdout" ? response.setStdout(bytes) : response.setStderr(bytes));
      },
    },
  );
  if (exit.error) return refuse(`could not start ${process.execPath}: ${exit.error.message}`);
  call.write(new language.RunPluginResponse().setExitcode(exit.code ?? 1));
  call.end();
}

/** Reads a list of "NAME=value"; the last entry of a name counts, as for a process. */
function readEnvironment(list: string[]): NodeJS.ProcessEnv {
  return Object.fromEntries(
    list.map((entry) => [entry.slice(0, entry.indexOf("=")), entry.slice(entry.indexOf("=") + 1)]),
  );
}
