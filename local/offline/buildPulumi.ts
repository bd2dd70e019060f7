import { join } from "node:path";
import { buildGo, digestGo, type GoBuild, type GoProgram } from "../toolchain/buildGo.ts";
import { checkout } from "../../infra/util/checkout.ts";
import { PULUMI_VERSION } from "../toolchain/versions.ts";

const pulumi: GoProgram = {
  title: `Pulumi ${PULUMI_VERSION}`,
  name: "pulumi",
  module: join(checkout, "local/offline/go"),
  package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
  variables: { "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": `v${PULUMI_VERSION}` },
  otherwise: "put Pulumi on PATH (https://www.pulumi.com/docs/install/), and run the command again",
};

/** Returns a digest that changes whenever the build would give another binary. */
export function digestBuild(): string {
  return digestGo(pulumi);
}

/**
 * Builds the Pulumi CLI into `<directory>/pulumi`: about 4 minutes on 2 cores the first time.
 *
 * @throws {UserError} with the end of Go's output
 */
export async function buildPulumi(build: Omit<GoBuild, "program">): Promise<void> {
  build.log(`Building ${pulumi.title} from Go modules: several minutes the first time, then never again …`);
  await buildGo({ ...build, program: pulumi });
}
