import { readFileSync } from "node:fs";
import { join } from "node:path";
import plugins from "@pulumi/pulumi/proto/plugin_pb.js";

/** One package that the program's package.json names, as it is installed. */
export interface Dependency {
  name: string;
  version: string;
  directory: string;
}

/** The `pulumi` section of a package.json: which provider plugin the package drives. */
interface PulumiSection {
  resource?: boolean;
  name?: string;
  version?: string;
  server?: string;
  parameterization?: { name: string; version: string; value: string };
}

interface PackageJson {
  name?: string;
  version?: string;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  pulumi?: PulumiSection;
}

/** The program's direct dependencies as installed; those that are not installed are left out. `pulumi about` shows them. */
export function listDependencies(root: string): Dependency[] {
  const { dependencies, devDependencies } = readPackage(root);
  return Object.keys({ ...dependencies, ...devDependencies })
    .sort()
    .flatMap((name) => {
      const directory = join(root, "node_modules", name);
      const { version } = readPackage(directory);
      return version === undefined ? [] : [{ name, version, directory }];
    });
}

/** The provider plugins behind those dependencies, so that the engine knows what it needs before the program runs. */
export function listRequiredPackages(root: string): InstanceType<typeof plugins.PackageDependency>[] {
  return listDependencies(root).flatMap(({ name, version, directory }) => {
    const { pulumi } = readPackage(directory);
    if (pulumi?.resource !== true) return [];
    const dependency = new plugins.PackageDependency()
      .setName(pulumi.name ?? name.replace(/^@pulumi\//, ""))
      .setKind("resource")
      .setVersion(`v${(pulumi.version ?? version).replace(/^v/, "")}`)
      .setServer(pulumi.server ?? "");
    if (pulumi.parameterization) {
      const { name: packageName, version: packageVersion, value } = pulumi.parameterization;
      dependency.setParameterization(
        new plugins.PackageParameterization().setName(packageName).setVersion(packageVersion).setValue(value),
      );
    }
    return [dependency];
  });
}

function readPackage(directory: string): PackageJson {
  try {
    return JSON.parse(readFileSync(join(directory, "package.json"), "utf8")) as PackageJson;
  } catch {
    return {};
  }
}
