import { homedir } from "node:os";
import { delimiter, join, sep } from "node:path";
import { installWithAutomationApi } from "./installWithAutomationApi.ts";

/** The facts of this machine that the toolchain needs. */
export interface Machine {
  environment: NodeJS.ProcessEnv;
  /** Directories of PATH, without those of our own cache: a shell may have evaluated an earlier toolchain's environment. */
  path: string[];
  /** The user's own PULUMI_HOME; nothing but Pulumi's own installer and engine ever writes there. */
  pulumiHome: string;
  /** The folder for everything of ours: `${XDG_CACHE_HOME:-~/.cache}/stagesub/toolchain`. */
  cache: string;
  /** Pulumi's name for its release archives, e.g. `linux-x64`; undefined for a platform on which we can neither unpack nor build one. */
  platform: string | undefined;
  /** Pulumi's install script: whether it can be read decides what can be downloaded. */
  installer: string;
  /** Installs the CLI into a folder of its own, as Pulumi does. */
  install: (root: string) => Promise<void>;
}

/** Reads the machine from an environment; the toolchain reads it nowhere else. */
export function readMachine(environment: NodeJS.ProcessEnv): Machine {
  const home = environment["HOME"] || homedir();
  const cache = join(environment["XDG_CACHE_HOME"] || join(home, ".cache"), "stagesub", "toolchain");
  const isOurs = (path: string): boolean => path === cache || path.startsWith(cache + sep);
  const pulumiHome = environment["PULUMI_HOME"];
  return {
    environment,
    path: (environment["PATH"] ?? "").split(delimiter).filter((directory) => directory !== "" && !isOurs(directory)),
    pulumiHome: pulumiHome && !isOurs(pulumiHome) ? pulumiHome : join(home, ".pulumi"),
    cache,
    platform: namePlatform(process.platform, process.arch),
    installer: "https://get.pulumi.com/install.sh",
    install: installWithAutomationApi,
  };
}

function namePlatform(os: NodeJS.Platform, arch: string): string | undefined {
  if (os !== "linux" && os !== "darwin") return undefined;
  return arch === "x64" || arch === "arm64" ? `${os}-${arch}` : undefined;
}
