import path from "node:path";

import { expect, it } from "vitest";

import { startEngine } from "../support/engine.ts";
import { expectDone } from "./support/steps.ts";

/** The check that ends every engine suite, with secrets put where they must not be. It cannot find secrets that no state holds any more. */
it("a suite over the engine fails where a secret was said, kept, logged or passed as an argument, and does not repeat it", async () => {
  const { engine, stop } = await startEngine({ orchestras: ["malmo"], spares: 0 });
  let failure: Error | undefined;
  let password: string | undefined;
  try {
    expectDone(await engine.up());
    const { connections } = await engine.outputs<{ connections: Record<string, string> }>();
    password = new URL(connections["malmo"]!).password;
    const said = await engine.orchestra("show", password);
    expect(said.stderr).toContain(password);
    await engine.checkout.write("stacks/note.txt", Buffer.from(`${password} is malmo's`).toString("base64"));
  } finally {
    failure = await stop().then(
      () => undefined,
      (error: Error) => error,
    );
  }
  expect(failure?.message).toContain("Secrets came out");
  expect(failure?.message).toMatch(/malmo.*, raw, in \d+ orchestra show/);
  expect(failure?.message).toMatch(new RegExp(`base64, in .*${path.join("stacks", "note.txt")}`));
  expect(failure?.message).toMatch(/raw, in processes' arguments/);
  expect(failure?.message).not.toContain(password);
});
