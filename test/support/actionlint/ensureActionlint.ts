import { readFileSync } from "node:fs";
import { join } from "node:path";
import { buildGo, digestGo, findGo, type GoProgram } from "../../../local/toolchain/buildGo.ts";
import { ensureDirectory } from "../../../local/toolchain/cache.ts";
import { findExecutable } from "../../../local/toolchain/findExecutable.ts";
import { type Machine, readMachine } from "../../../local/toolchain/machine.ts";
import { UserError } from "../../../infra/errors.ts";
import { checkout } from "../../../infra/util/checkout.ts";

const module = join(checkout, "test/support/actionlint/go");

/** The release that go.mod requires, e.g. "1.7.12", written down only there. */
const version = /^require github\.com\/rhysd\/actionlint v(\S+)$/m.exec(
  readFileSync(join(module, "go.mod"), "utf8"),
)![1]!;

const howToInstall =
  "install Go (https://go.dev/doc/install), or actionlint (https://github.com/rhysd/actionlint) on PATH";

const actionlint: GoProgram = {
  title: `actionlint ${version}`,
  name: "actionlint",
  module,
  package: "github.com/rhysd/actionlint/cmd/actionlint",
  variables: { "github.com/rhysd/actionlint.version": version },
  otherwise: howToInstall,
};

/**
 * Returns the path of the linter of GitHub workflows, built once from Go modules (a quarter of a minute) and kept with the toolchain;
 * without Go, the one on PATH. The package of that name on npm is too old to know today's runners.
 *
 * @throws {UserError} where there is neither Go nor a linter, with what to install
 */
export async function ensureActionlint(
  log: (line: string) => void,
  machine: Machine = readMachine(process.env),
): Promise<string> {
  const go = findGo(machine);
  if (go === undefined) return findInstalled(machine);
  const name = `actionlint-${version}-${machine.platform}-${digestGo(actionlint)}`;
  const build = async (directory: string): Promise<void> => {
    log(`Building ${actionlint.title} from Go modules, once …`);
    await buildGo({ program: actionlint, go, directory, machine, log });
  };
  return join(await ensureDirectory(machine.cache, name, build, { log }), actionlint.name);
}

function findInstalled({ path }: Machine): string {
  const installed = findExecutable(actionlint.name, path);
  if (installed === undefined)
    throw new UserError(
      "program-missing",
      `The workflows are checked by ${actionlint.title}, and it was not found: ${howToInstall}.`,
    );
  return installed;
}
