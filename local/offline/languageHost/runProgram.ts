import language from "@pulumi/pulumi/proto/language_pb.js";
import { locateRunner } from "./locateRunner.ts";
import { parseRuntimeOptions } from "./parseRuntimeOptions.ts";
import { runNode } from "./runNode.ts";

type RunRequest = InstanceType<typeof language.RunRequest>;
type RunResponse = InstanceType<typeof language.RunResponse>;

/** The exit code with which `@pulumi/pulumi/cmd/run` says that the user has already seen the error. */
const ERROR_ALREADY_SHOWN = 32;

/**
 * Runs the user's program once, as `@pulumi/pulumi/cmd/run` from the program's own node_modules, and returns the outcome, with the
 * arguments, environment and refusals of the official host. The program's output goes to our stdout and stderr, which the engine shows.
 *
 * @param engine address of the engine's gRPC server, which gets the program's log
 * @param cancelled interrupts the program
 */
export async function runProgram(request: RunRequest, engine: string, cancelled: AbortSignal): Promise<RunResponse> {
  const info = request.getInfo();
  if (!info) return failure("expected the engine to say which program to run (RunRequest.info); got none");
  const runner = locateRunner("@pulumi/pulumi/cmd/run", info.getProgramDirectory(), "pulumi install");
  if ("problem" in runner) return failure(runner.problem);
  const options = parseRuntimeOptions(info.getOptions()?.toJavaScript() ?? {});
  if ("problem" in options) return failure(options.problem);
  const argv = [...options.nodeArguments, runner.file, ...programArguments(request, engine)];
  const env = { ...process.env, ...programEnvironment(request) };
  const exit = await runNode(argv, { env, cancelled });
  if (exit.error) return failure(`Problem executing program (could not run language executor): ${exit.error.message}`);
  if (exit.code === 0) return new language.RunResponse();
  if (exit.code === ERROR_ALREADY_SHOWN) return new language.RunResponse().setBail(true);
  return failure(
    exit.code === null ? `Program was ended by ${exit.signal}` : `Program exited with non-zero exit code: ${exit.code}`,
  );
}

function failure(error: string): RunResponse {
  return new language.RunResponse().setError(error);
}

function programArguments(request: RunRequest, engine: string): string[] {
  const info = request.getInfo();
  const flags: [string, string | undefined][] = [
    ["--monitor", request.getMonitorAddress()],
    ["--engine", engine],
    ["--organization", request.getOrganization()],
    ["--project", request.getProject()],
    ["--root-directory", info?.getRootDirectory()],
    ["--stack", request.getStack()],
    ["--pwd", info?.getProgramDirectory()],
  ];
  return [
    ...flags.flatMap(([flag, value]) => (value ? [flag, value] : [])),
    ...(request.getDryrun() ? ["--dry-run"] : []),
    "--parallel",
    String(request.getParallel()),
    info?.getEntryPoint() ?? "",
    ...request.getArgsList(),
  ];
}

/**
 * Passes the stack's configuration in the environment, which other users cannot read, unlike arguments; its keys have the form of old SDKs.
 */
function programEnvironment(request: RunRequest): NodeJS.ProcessEnv {
  const config = request.getConfigMap().toArray();
  const oldKeys = config.map(([key, value]) => [key.replace(/^([^:]*):(config:)?/, "$1:config:"), value] as const);
  return {
    PULUMI_CONFIG: JSON.stringify(Object.fromEntries(oldKeys.sort(([one], [other]) => (one < other ? -1 : 1)))),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
  };
}
