import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { readStackFacts } from "../../../policy/readStackFacts.ts";

describe("what the policy pack reads of a stack file", () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "stagesub-facts-"))));
  afterEach(() => rmSync(folder, { recursive: true }));
  const read = (domain: string, supabase: string) => {
    const file = `config:
  stagesub:domain: ${domain}
  stagesub:supabase: { organization: stagesub, region: eu-north-1${supabase} }
  stagesub:databaseUrl: { secure: v1:AAAA }
  stagesub:orchestras:
    malmo: { name: M }
    gavle: { name: G, database: adopted }
    umea: { name: U, database: pool-1 }
    lund: { name: L, database: pool-2, state: retired, protect: false }
    ystad: { name: Y, protect: false }
`;
    mkdirSync(join(folder, "stacks"), { recursive: true });
    writeFileSync(join(folder, "stacks/Pulumi.x.yaml"), file);
    return readStackFacts("x", folder);
  };

  it("excuses the stack of a domain that leads nowhere else, where it says so, and no other", () => {
    expect(read("stagesub.localhost", ", protect: false").isDisposable).toBe(true);
    expect(read("stagesub.localhost", "").isDisposable).toBe(false);
    expect(read("stagesub.com", ", protect: false").isDisposable).toBe(false);
    expect(read("localhost.stagesub.com", ", protect: false").isDisposable).toBe(false);
  });

  it("knows which databases orchestras hold, and which of them are let go", () => {
    const { held, released } = read("stagesub.com", "");
    expect([...held]).toEqual(["malmo", "gavle", "pool-1", "pool-2", "ystad"]);
    expect([...released]).toEqual(["pool-2"]);
  });

  it("excuses none of this checkout's own stacks", () => {
    expect(["local", "staging", "production"].map((stack) => readStackFacts(stack).isDisposable)).toEqual([
      false,
      false,
      false,
    ]);
  });
});
