import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";

import { describe, expect, it } from "vitest";

import { orchestraStates } from "../../../infra/config/schema/orchestraSchema.ts";
import { supabaseRegions, supabaseSizes } from "../../../infra/config/schema/supabaseSchema.ts";
import { useYamlLanguageServer } from "../../support/yamlLanguageServer.ts";
import { goodFile, spoil } from "../config/stackFile.ts";

const modeline = "# yaml-language-server: $schema=schema.json\n";
const orchestra = "config:\n  stagesub:orchestras:\n    malmo:\n      ";

/**
 * An editor's help with a stack file, asked of the real YAML language server, VS Code's, over LSP. It does not prove what JetBrains shows,
 * which has a reader of its own; nor what the program refuses beyond what a schema can say.
 */
describe("an editor", () => {
  const editor = useYamlLanguageServer();
  const labels = async (text: string) => (await editor.complete(modeline + text)).map(({ label }) => label);

  it("marks nothing in the stack files of this checkout, whose modeline names the schema", async () => {
    for (const name of readdirSync("stacks").filter((file) => file.endsWith(".yaml"))) {
      const text = readFileSync(`stacks/${name}`, "utf8");
      expect(text.startsWith(modeline), name).toBe(true);
      expect(await editor.diagnose(text), name).toEqual([]);
      const broken = text.replace("stagesub:pool", "stagesub:pol");
      expect(await editor.diagnose(broken), name).toHaveLength(1);
      expect(await editor.diagnose(broken.replace(modeline, "")), name).toEqual([]);
    }
  });

  it("marks a mistake in words, and no regular expression", async () => {
    const mistakes = {
      "an unknown top key": spoil(["stagesub:rollout", "stagesub:rolout"]),
      "an unknown key": spoil(["      database: pool-3", "      databas: pool-3"]),
      "a missing name": spoil(["      name: Svenska Kammarorkestern\n", ""]),
      "a missing domain": spoil(["  stagesub:domain: stagesub.com\n", ""]),
      "a number for a name": spoil(["name: Gävle Symfoniorkester", "name: 1912"]),
      "too many spares": spoil(["spares: 2", "spares: 200"]),
      "an unknown state": spoil(["database: adopted", "state: gone"]),
      "an id that is none": spoil(["    orebro:", "    Örebro:"]),
      "a pool claim that is none": spoil(["database: pool-3", "database: pool-x"]),
      "a subdomain that is none": spoil(["database: adopted", "subdomain: Malmö"]),
      "an address that is none": spoil(["kontoret@example.se", "kontoret"]),
      "a zone that is none": spoil(["023e105f4ecef8ad9ca31a8372d0c353", "abc"]),
      "a secret in clear": spoil(["{ secure: v1:main }", "postgresql://u:p@h/d"]),
    };
    const marks: string[] = [];
    for (const [mistake, text] of Object.entries(mistakes))
      marks.push(`${mistake}: ${(await editor.diagnose(modeline + text)).join(" | ")}`);
    expect(marks.join("\n")).not.toMatch(/pattern of|\^/);
    expect(marks.join("\n")).toMatchInlineSnapshot(`
      "an unknown top key: 10: Property stagesub:rolout is not allowed.
      an unknown key: 16: Property databas is not allowed.
      a missing name: 22: Missing property "name".
      a missing domain: 2: Missing property "stagesub:domain".
      a number for a name: 18: Incorrect type. Expected "string".
      too many spares: 9: Value is above the maximum of 100.
      an unknown state: 21: Value is not accepted. Valid values: "active", "suspended", "retired".
      an id that is none: 22: Expected a map by id: an id has 2 to 40 of a–z, 0–9 and hyphens, begins with a letter and does not end with a hyphen.
      a pool claim that is none: 16: Expected pool-N (such as pool-3) or adopted, or no such key for a project of its own: it is neither a pool database's name nor \`adopted\`.
      a subdomain that is none: 21: Expected a subdomain of 1 to 63 lower-case letters, digits and hyphens, such as malmo: only a–z, 0–9 and hyphens inside, at most 63 of them.
      an address that is none: 14: Expected an e-mail address, such as kontoret@example.se: it is no e-mail address.
      a zone that is none: 5: Expected 32 hexadecimal digits, such as 023e105f4ecef8ad9ca31a8372d0c353: it is not 32 of 0–9 and a–f.
      a secret in clear: 7: Expected an encrypted value, { secure: … }: \`pulumi config set --secret\` asks for it and writes it so."
    `);
  });

  it("takes an encrypted value wherever a secret may stand", async () => {
    expect(await editor.diagnose(modeline + goodFile)).toEqual([]);
  });

  it("offers our keys with what they mean", async () => {
    const items = await editor.complete(`${modeline}config:\n  ▮\n`);
    const ours = items.filter(({ label }) => label.startsWith("stagesub:"));
    const { properties } = readConfigSchema();
    expect(ours.map(({ label }) => label).sort()).toEqual(Object.keys(properties).sort());
    expect(ours.filter(({ documentation }) => !documentation)).toEqual([]);
    const inside = await labels(`${orchestra}▮\n`);
    expect(inside).toEqual(
      expect.arrayContaining(["name", "subdomain", "contact", "since", "database", "state", "protect"]),
    );
  });

  it("offers every region, size and state", async () => {
    const supabase = "config:\n  stagesub:supabase:\n    ";
    expect(await labels(`${supabase}region: ▮\n`)).toEqual([...supabaseRegions]);
    expect(await labels(`${supabase}size: ▮\n`)).toEqual([...supabaseSizes]);
    expect(await labels(`${orchestra}state: ▮\n`)).toEqual([...orchestraStates]);
  });

  it("writes a whole new orchestra, its date in quotes", async () => {
    const items = await editor.complete(`${modeline}config:\n  stagesub:orchestras:\n    ▮\n`);
    expect(items.find(({ label }) => label === "new orchestra")?.insertText).toMatchInlineSnapshot(`
      "\${1:malmo}:
        name: \${2:Malmö Symfoniorkester}
        contact:
          name: \${3:Orkesterkontoret}
          email: \${4:kontoret@example.se}
        since: "\${5:2026-11-22}""
    `);
    const date = await editor.complete(`${modeline}${orchestra}since: ▮\n`);
    expect(date.map(({ insertText }) => insertText)).toEqual(['"${1:2026-11-22}"']);
    const everything = JSON.stringify(await editor.complete(`${modeline}config:\n  ▮\n`));
    expect(everything).not.toMatch(/since[}:]*: (\$\{\d+:)?2026/);
  });

  it("explains a key on hover, with its values, and where it belongs", async () => {
    const over = (word: string) => editor.hover(modeline + spoil([word, `▮${word}`]));
    expect(await over("region")).toContain("#### Supabase\n\nWhere projects are made; eu-north-1 is Stockholm.");
    expect(await over("region")).toContain("* `sa-east-1`");
    expect(await over("database: pool-3")).toContain("`pool-3`: claims that warm database");
    expect(await over("malmo:")).toContain("One orchestra: its database, its subdomain");
    expect(await over("stagesub:domain")).toContain("The domain under which every orchestra has its name.");
  });
});

describe("stacks/schema.json", () => {
  it("is a draft 7 schema without a slip, strictly read, but for four keywords of the language server", () => {
    const server = createRequire(createRequire(import.meta.url).resolve("yaml-language-server/package.json"));
    const { default: Ajv } = server("ajv") as { default: new (options: object) => AjvInstance };
    const schema = JSON.parse(readFileSync("stacks/schema.json", "utf8")) as object;
    const ajv = new Ajv({ strict: true, strictTypes: true, allErrors: true });
    expect(() => ajv.compile(schema)).toThrow(/unknown keyword/);
    for (const keyword of ["patternErrorMessage", "errorMessage", "markdownDescription", "defaultSnippets"])
      ajv.addKeyword(keyword);
    expect(ajv.validateSchema(schema)).toBe(true);
    expect(() => ajv.compile(schema)).not.toThrow();
  });
});

interface AjvInstance {
  addKeyword(keyword: string): void;
  compile(schema: object): unknown;
  validateSchema(schema: object): boolean;
}

function readConfigSchema(): { properties: Record<string, unknown> } {
  const schema = JSON.parse(readFileSync("stacks/schema.json", "utf8")) as {
    properties: { config: { properties: Record<string, unknown> } };
  };
  return schema.properties.config;
}
