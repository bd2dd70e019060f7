import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { Command } from "commander";
import { z } from "zod";

import { UserError } from "../infra/errors.ts";
import { checkout } from "../infra/util/checkout.ts";
import { readStackText } from "./stack/openStack.ts";
import { listStackFiles, planStackText } from "./stack/stackFile.ts";
import { idRules } from "../infra/config/schema/names.ts";
import { pulumiKeys } from "../infra/config/checks/checkTopLevel.ts";
import { stackSchema } from "../infra/config/schema/stackSchema.ts";
import { fieldNotes } from "../infra/config/schema/textField.ts";

const schemaPath = join(checkout, "stacks", "schema.json");

/** Returns `schema`. */
export default function schemaCommand(): Command {
  return new Command("schema")
    .description("Writes stacks/schema.json, from which editors complete and check stack files.")
    .option("--check", "write nothing; exit 1 if it is out of date, or if a stack file in stacks/ is wrong")
    .action(async ({ check }: { check?: true }) => {
      if (check) process.exitCode = (await checkAll()) ? 0 : 1;
      else await writeFile(schemaPath, formatSchema());
    });
}

function formatSchema(): string {
  return `${JSON.stringify(buildStackJsonSchema(), null, 2)}\n`;
}

async function checkAll(): Promise<boolean> {
  const results = [await checkSchema(), ...listStackFiles().map(checkStackFile)];
  return results.every((good) => good);
}

async function checkSchema(): Promise<boolean> {
  const current = await readFile(schemaPath, "utf8").catch(() => "");
  if (current === formatSchema()) return true;
  console.error("stacks/schema.json is out of date: expected what infra/config/ says now. Run: ./stagesub schema");
  return false;
}

/** Checks all that can be seen without the stack's key; its secrets stay closed. */
function checkStackFile(stack: string): boolean {
  try {
    planStackText(stack, readStackText(stack));
    return true;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    console.error(error.message);
    return false;
  }
}

type Json = Record<string, unknown>;

/**
 * The JSON Schema of a whole `Pulumi.<stack>.yaml`, for editors: completion, hover texts and marks while typing. Draft 7
 * is the newest that the YAML language server reads. Only parseStack finds mistakes that involve two places (two
 * orchestras on one subdomain).
 *
 * Beside draft 7 it holds four keywords of that server, which others ignore: `patternErrorMessage`, `errorMessage`, `markdownDescription`
 * and `defaultSnippets` (https://github.com/redhat-developer/yaml-language-server).
 */
export function buildStackJsonSchema(): Json {
  const config = z.toJSONSchema(stackSchema, { target: "draft-07", io: "input", override }) as Json;
  const { $schema, properties, required } = config as { $schema: string; properties: Json; required: string[] };
  const namespaced = Object.entries(properties).map(([key, schema]) => [`stagesub:${key}`, schema]);
  return {
    $schema,
    title: "StageSub stack",
    type: "object",
    properties: {
      ...pulumiKeys,
      config: {
        type: "object",
        description:
          "The stack's configuration. StageSub's keys begin with stagesub:, those of providers with their names.",
        properties: Object.fromEntries(namespaced) as Json,
        patternProperties: {
          "^(?!stagesub:)[A-Za-z][A-Za-z0-9_-]*:.+$": { description: "Configuration of a provider." },
        },
        required: required.map((key) => `stagesub:${key}`),
        additionalProperties: false,
      },
    },
    required: ["config"],
    additionalProperties: false,
  };
}

const encrypted = {
  type: "object",
  properties: { secure: { type: "string", description: "The ciphertext that `pulumi config set --secret` writes." } },
  required: ["secure"],
  additionalProperties: false,
  errorMessage:
    "Expected an encrypted value, { secure: … }: `pulumi config set --secret` asks for it and writes it so.",
};

function override({ zodSchema, jsonSchema }: { zodSchema: unknown; jsonSchema: Json }): void {
  const { description, examples } = jsonSchema;
  // Else an editor shows the backticks.
  if (typeof description === "string" && description.includes("`")) jsonSchema["markdownDescription"] = description;
  // Editors show and write an example's date without the quotes that it needs; snippets have them.
  if (/"\d{4}-\d{2}-\d{2}"/.test(JSON.stringify(examples) ?? "")) delete jsonSchema["examples"];
  if (zodSchema instanceof z.ZodString && fieldNotes.get(zodSchema)?.hidden === "secret") {
    for (const key of ["type", "examples"]) delete jsonSchema[key];
    Object.assign(jsonSchema, encrypted);
  }
  if (zodSchema instanceof z.ZodRecord) {
    const { propertyNames: _, additionalProperties, ...rest } = jsonSchema;
    for (const key of Object.keys(jsonSchema)) delete jsonSchema[key];
    Object.assign(jsonSchema, rest, {
      patternProperties: { [idRules.pattern!.source]: additionalProperties },
      additionalProperties: false,
      errorMessage: `Expected a map by id: ${idRules.rule}.`,
    });
  }
}
