import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse as parseYaml } from "yaml";
import { z } from "zod";
import { buildStackJsonSchema } from "../../../scripts/schema.ts";
import { goodFile, spoil } from "../config/stackFile.ts";

// Checked with zod's own reading of JSON Schema, not with the editors' language server.
const schema = JSON.parse(readFileSync("stacks/schema.json", "utf8")) as Json;
const validator = z.fromJSONSchema(schema);
const accepts = (text: string) => validator.safeParse(parseYaml(text)).success;

type Json = Record<string, unknown>;

describe("stacks/schema.json", () => {
  it("is what the program's own schema says", () => {
    expect(schema).toEqual(JSON.parse(JSON.stringify(buildStackJsonSchema())));
    expect(schema["$schema"]).toBe("http://json-schema.org/draft-07/schema#");
  });

  it("accepts every shipped stack file", () => {
    for (const name of readdirSync("stacks").filter((file) => file.startsWith("Pulumi."))) {
      expect(accepts(readFileSync(`stacks/${name}`, "utf8")), name).toBe(true);
    }
  });

  it("accepts what Pulumi and its providers write beside ours", () => {
    expect(accepts(`encryptionsalt: v1:x\nsecretsprovider: passphrase\n${goodFile}  supabase:endpoint: x\n`)).toBe(
      true,
    );
  });

  it.each([
    ["an unknown stagesub: key", spoil(["stagesub:rollout", "stagesub:rolout"])],
    ["an unknown key of an orchestra", spoil(["      database: pool-3", "      databas: pool-3"])],
    ["an id that is none", spoil(["    orebro:", "    Örebro:"])],
    ["a missing contact", spoil(["      contact: { name: Åsa Berg, email: asa@example.se }\n", ""])],
    ["a secret in clear", spoil(["{ secure: v1:main }", "postgresql://u:p@h/d"])],
    ["an adopted URL in clear", spoil(["url: { secure: v1:url }", "url: postgresql://u:p@h/d"])],
    ["an unknown region", spoil(["eu-north-1", "eu-nord-1"])],
    ["a number where a text belongs", spoil(["name: Gävle Symfoniorkester", "name: 1912"])],
    ["a pool claim that is none", spoil(["database: pool-3", "database: pool-x"])],
    ["a file without config", "encryptionsalt: v1:x\n"],
  ])("marks %s", (_, text) => {
    expect(accepts(text)).toBe(false);
  });

  it("explains every field on hover", () => {
    expect(undescribed(schema, "")).toEqual([]);
  });
});

/** Returns the paths of properties without a description. */
function undescribed(node: Json, path: string): string[] {
  const groups = [node["properties"], node["patternProperties"]].filter((group) => group !== undefined) as Json[];
  return groups.flatMap((group) =>
    Object.entries(group as Record<string, Json>).flatMap(([key, child]) => [
      ...(typeof child["description"] === "string" ? [] : [`${path}/${key}`]),
      ...undescribed(child, `${path}/${key}`),
    ]),
  );
}
