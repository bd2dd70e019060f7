import { createRequire } from "node:module";
import { join } from "node:path";
import language from "@pulumi/pulumi/proto/language_pb.js";
import { parseRuntimeOptions } from "./parseRuntimeOptions.ts";
import { runNode } from "./runNode.ts";

type RunRequest = InstanceType<typeof language.RunRequest>;
type RunResponse = InstanceType<typeof language.RunResponse>;

/** The exit code with which `@pulumi/pulumi/cmd/run` says that the user has already seen the error. */
const ERROR_ALREADY_SHOWN = 32;

/**
 * Runs the user's program once, as `@pulumi/pulumi/cmd/run` from the program's own node_modules, and answers how it went.
 * What the program prints goes to our stdout and stderr, which the engine shows.
 *
 * @param engine address of the engine's gRPC server, where the program logs
 * @param cancelled interrupts the program
 */
export async function runProgram(request: RunRequest, engine: string, cancelled: AbortSignal): Promise<RunResponse> {
  const info = request.getInfo();
  if (!info) return failure("expected the engine to say which program to run (RunRequest.info); got none");
  const options = parseRuntimeOptions(info.getOptions()?.toJavaScript() ?? {}, "Pulumi.yaml");
  if ("problem" in options) return failure(options.problem);
  const runner = locateRunner(info.getProgramDirectory());
  if (runner === undefined) {
    return failure(
      `no @pulumi/pulumi in or above ${info.getProgramDirectory()}; run \`npm ci\` in ${info.getRootDirectory()}`,
    );
  }
  const argv = [...options.nodeArguments, runner, ...programArguments(request, engine)];
  const env = { ...process.env, ...programEnvironment(request), ...options.environment };
  const exit = await runNode(argv, { env, cancelled });
  if (exit.error) return failure(`could not start ${process.execPath}: ${exit.error.message}`);
  if (exit.code === 0) return new language.RunResponse();
  if (exit.code === ERROR_ALREADY_SHOWN) return new language.RunResponse().setBail(true);
  return failure(
    exit.code === null ? `Program was ended by ${exit.signal}` : `Program exited with non-zero exit code: ${exit.code}`,
  );
}

function failure(error: string): RunResponse {
  return new language.RunResponse().setError(error);
}

function locateRunner(programDirectory: string): string | undefined {
  try {
    return createRequire(join(programDirectory, "program.js")).resolve("@pulumi/pulumi/cmd/run");
  } catch {
    return undefined;
  }
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
    ["--parallel", String(request.getParallel())],
  ];
  return [
    ...flags.flatMap(([flag, value]) => (value ? [flag, value] : [])),
    ...(request.getDryrun() ? ["--dry-run"] : []),
    info?.getEntryPoint() || ".",
    ...request.getArgsList(),
  ];
}

/** Stack config travels in the environment: other users cannot read it there, unlike arguments. */
function programEnvironment(request: RunRequest): NodeJS.ProcessEnv {
  return {
    PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().toArray())),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
  };
}
