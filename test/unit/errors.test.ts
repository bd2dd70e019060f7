import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

import { format, resolveConfig } from "prettier";
import { expect, it } from "vitest";

import { errorCodes, exitCodes, type ErrorCode } from "../../infra/errorCodes.ts";

const file = path.join(import.meta.dirname, "../../docs/errors.md");

it("docs/errors.md lists the codes of infra/errorCodes.ts", async () => {
  const rows = Object.entries(errorCodes).map(
    ([code, [meaning, remedy]]) => `| \`${code}\` | ${exitCodes[code as ErrorCode] ?? 1} | ${meaning} | ${remedy} |`,
  );
  const page = `# Errors

Written by \`npx vitest run --project unit test/unit/errors.test.ts -u\` from \`infra/errorCodes.ts\`; edit the codes there.

An error shows its code in brackets behind its message: \`[stack-file]\`. The message has the values: expected, found, where, what to do. A command that
fails for it ends with its exit code.

| code | exit code | meaning | remedy |
| --- | ---: | --- | --- |
${rows.join("\n")}
`;
  const text = await format(page, { ...(await resolveConfig(file)), filepath: file });
  await expect(text).toMatchFileSnapshot(file);
});

it("every code of infra/errorCodes.ts is used by the program", () => {
  const root = path.join(import.meta.dirname, "../..");
  const text = ["infra", "scripts", "local"]
    .flatMap((room) =>
      readdirSync(path.join(root, room), { recursive: true, encoding: "utf8" }).map((name) =>
        path.join(root, room, name),
      ),
    )
    .filter((name) => name.endsWith(".ts") && !name.endsWith("errorCodes.ts"))
    .map((name) => readFileSync(name, "utf8"))
    .join();
  expect(Object.keys(errorCodes).filter((code) => !text.includes(`"${code}"`))).toEqual([]);
});
