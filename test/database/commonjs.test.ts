import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";
import { usePostgres } from "../support/postgres.ts";
import { root, specFor } from "./support.ts";

describe("the engine", () => {
  const postgres = usePostgres();

  it("works and prints nothing in Pulumi's dynamic-provider process, which loads it through tsx's CommonJS require", async () => {
    const spec = specFor(await postgres.createDatabase());
    const dir = await mkdtemp(path.join(tmpdir(), "stagesub-commonjs-"));
    onTestFinished(() => rm(dir, { recursive: true, force: true }));
    const script = path.join(dir, "provider.cjs");
    await writeFile(
      script,
      `const tsx = require(${JSON.stringify(path.join(root, "node_modules/tsx/dist/cjs/api/index.cjs"))});
       const index = ${JSON.stringify(path.join(root, "infra/index.ts"))};
       const { ensureOrchestraDatabase } = tsx.require(${JSON.stringify(path.join(root, "infra/database/tenant/ensureOrchestraDatabase.ts"))}, index);
       ensureOrchestraDatabase(JSON.parse(process.env.SPEC)).then((state) => process.stdout.write(JSON.stringify(state)));`,
    );
    const environment = { PATH: process.env.PATH, SPEC: JSON.stringify(spec) };
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [script], { env: environment, cwd: dir });
    expect(JSON.parse(stdout)).toMatchObject({ owner: "malmo", templates: 16, drift: [] });
    expect(stderr).toBe("");
  });
});
