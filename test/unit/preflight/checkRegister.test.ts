import { describe, expect, it } from "vitest";

import { checkRegister } from "../../../infra/preflight/checkRegister.ts";
import { verifierOf } from "../../../infra/util/stackPasswords.ts";

const one = Buffer.alloc(32, 1).toString("base64");
const two = Buffer.alloc(32, 2).toString("base64");
const found: Parameters<typeof checkRegister>[1] = { identity: "a", key: { version: 1, verifier: verifierOf(one, 1) } };
const recorded = { stack: "production", identity: "a", address: "old.example.com:5432/main" };
const keys = { version: 1, current: one };

function refusalOf(...args: Parameters<typeof checkRegister>): string {
  try {
    checkRegister(...args);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("It was not refused");
}

describe("the main database of a run", () => {
  const plan = { stack: "production", keys };

  it("is taken where it is the one of the run before, and by a first run", () => {
    expect(checkRegister(plan, found, recorded, recorded.address)).toEqual([]);
    expect(checkRegister(plan, { identity: "b" }, undefined, "x:1/y")).toEqual([]);
    expect(checkRegister(plan, {}, undefined, "x:1/y")).toEqual([]);
  });

  it.each<[string, Parameters<typeof checkRegister>[1]]>([
    ["another one", { identity: "b" }],
    ["one that this program has never been in", {}],
  ])("is refused where it is %s", (what, register) => {
    const message = refusalOf(plan, register, recorded, "new.example.com:5432/main");
    expect(message).toContain(`found ${what} (new.example.com:5432/main)`);
    expect(message).toContain('stagesub:databaseMovedTo: "new.example.com:5432/main"');
    expect(message).toContain("Nothing was created or changed.");
    // Also at the same address: somebody has made it anew.
    expect(refusalOf(plan, register, recorded, recorded.address)).toContain("Refusing to move the register");
  });

  it("moves where the stack file names the new one, and no other", () => {
    const moving = { ...plan, databaseMovedTo: "new.example.com:5432/main" };
    const [warning] = checkRegister(moving, { identity: "b" }, recorded, "new.example.com:5432/main");
    expect(warning).toContain("stagesub:databaseMovedTo says so");
    expect(refusalOf(moving, { identity: "b" }, recorded, "third.example.com:5432/main")).toContain("Refusing to move");
  });

  it("is warned of where its address alone is new: a copy says that it is the same", () => {
    expect(checkRegister(plan, found, recorded, "new.example.com:5432/main")).toEqual([
      "The main database is new.example.com:5432/main from now on, old.example.com:5432/main before: it says that it is the same one, or is a copy of it. The app must read this one too.",
    ]);
  });
});

describe("the name of a stack", () => {
  it("stays: all that it made bears it", () => {
    expect(refusalOf({ stack: "prod", keys }, found, recorded, recorded.address)).toContain(
      "Rename it back: pulumi stack rename production -s prod",
    );
  });
});

describe("the key of a run", () => {
  const refusal = (changes: object) =>
    refusalOf({ stack: "production", keys: { ...keys, ...changes } }, found, recorded, recorded.address);

  it("is refused where it is another one", () => {
    expect(refusal({ current: two })).toMatch(
      /^Refusing the stack's key: expected the stagesub:key that the databases'/,
    );
  });

  it("is refused with a number that is lower, or that leaves one out", () => {
    const later = { ...found, key: { version: 3, verifier: verifierOf(one, 3) } };
    const of = (version: number) => ({ stack: "production", keys: { version, current: one } });
    expect(refusalOf(of(2), later, recorded, recorded.address)).toContain("keyVersion 3, which the main database has");
    expect(refusalOf(of(5), later, recorded, recorded.address)).toContain("expected stagesub:keyVersion 4");
  });

  it("is replaced beside the key before it alone", () => {
    expect(refusal({ version: 2, current: two })).toContain("got none");
    expect(refusal({ version: 2, current: two, previous: two })).toContain("got another one");
    expect(refusal({ version: 2, current: one, previous: one })).toContain("expected a new stagesub:key");
    const plan = { stack: "production", keys: { version: 2, current: two, previous: one } };
    expect(checkRegister(plan, found, recorded, recorded.address)).toEqual([]);
    // And the run after it, with or without the key before.
    const after = { ...found, key: { version: 2, verifier: verifierOf(two, 2) } };
    expect(checkRegister(plan, after, recorded, recorded.address)).toEqual([]);
    const done = { stack: "production", keys: { version: 2, current: two } };
    expect(checkRegister(done, after, recorded, recorded.address)).toEqual([]);
  });

  it("is in no refusal", () => {
    for (const message of [refusal({ current: two }), refusal({ version: 2, current: two, previous: two })])
      for (const secret of [one, two, verifierOf(one, 1)]) expect(message).not.toContain(secret);
  });
});
