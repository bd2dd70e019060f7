import { describe, expect, it } from "vitest";

import { parseStack } from "../../../infra/config/parseStack.ts";
import { goodFile, messageFor, parse, read, refusalOf, bodyOf, spoil } from "./stackFile.ts";

const pool = "  stagesub:pool:";
const withBackup = (text: string): [string, string] => [pool, `  stagesub:backup: ${text}\n${pool}`];

describe("stagesub:backup", () => {
  it("wants a backup that is at most a day old, made by hand, where the file does not say", () => {
    expect(parse(goodFile).backup).toEqual({ maxAge: "24h", automatic: false });
    expect(parse(spoil(withBackup("{ maxAge: 7d, automatic: true }"))).backup).toEqual({
      maxAge: "7d",
      automatic: true,
    });
  });

  it("is left out for a run that was told to go without, and by that word alone", () => {
    expect(parseStack(read(goodFile), { backupCheck: "skip" }).backup).toBeUndefined();
    expect(bodyOf(refusalOf(() => parseStack(read(goodFile), { backupCheck: "no" })))).toMatchInlineSnapshot(`
      "STAGESUB_BACKUP_CHECK  (stacks/Pulumi.production.yaml:1:1)
        expected: skip, or no such variable
        got:      the environment variable's value (not shown)
        why:      it knows one word
        do this:  write it like skip"
    `);
  });

  it("refuses an age that is none", () => {
    for (const age of ["24", "0h", "2 days", '"1w"', "never"])
      expect(messageFor(withBackup(`{ maxAge: ${age} }`)), age).toContain("expected: an age such as 24h");
    expect(messageFor(withBackup("{ maxAge: 2 days }"))).toMatchInlineSnapshot(`
      "stagesub:backup.maxAge  (stacks/Pulumi.production.yaml:8:30)
        expected: an age such as 24h
        got:      "2 days"
        why:      it must be a number from 1 to 9999, then m (minutes), h (hours) or d (days)
        do this:  write it like 24h"
    `);
    expect(messageFor(withBackup("{ maxage: 2d }"))).toContain("rename it to maxAge");
  });
});
