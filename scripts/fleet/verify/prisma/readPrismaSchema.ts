import { readdir, stat } from "node:fs/promises";
import path from "node:path";

import { UserError } from "../../../../infra/errors.ts";
import { readTextFile } from "../../../../infra/util/readTextFile.ts";

/** A schema as Prisma's own parser reads it, as far as it is used here. */
export interface PrismaSchema {
  models: Model[];
  enums: Enum[];
  /** Whether foreign keys are left to the client (`relationMode = "prisma"`). */
  hasForeignKeys: boolean;
}

export interface Model {
  name: string;
  dbName: string | null;
  schema?: string | null;
  fields: Field[];
  /** Columns of fields that the client does not have: `Unsupported(…)` and `@ignore`. */
  hidden: { field: string; column: string }[];
  primaryKey: { fields: string[] } | null;
  uniqueFields: string[][];
}

export interface Enum {
  name: string;
  dbName: string | null;
  schema?: string | null;
  values: { name: string; dbName: string | null }[];
}

export interface Field {
  name: string;
  dbName?: string;
  kind: "scalar" | "enum" | "object";
  type: string;
  nativeType: [name: string, args: string[]] | null;
  isList: boolean;
  isRequired: boolean;
  isUnique: boolean;
  isId: boolean;
  default?: unknown;
  relationName?: string;
  relationFromFields?: string[];
  relationToFields?: string[];
}

/**
 * Reads a schema file, or a folder of them as Prisma's multi-file schemas are, with the parser that Prisma itself ships.
 *
 * @throws {UserError} with Prisma's own message, which names file and line
 */
export async function readPrismaSchema(place: string): Promise<PrismaSchema> {
  // Three megabytes of WebAssembly: loaded by the one command that needs it.
  const { default: parser } = await import("@prisma/prisma-schema-wasm");
  const everyFeature = `generator everyPreviewFeature {\n provider = ""\n previewFeatures = ${parser.preview_features()}\n}\n`;
  const prismaSchema = [...(await readFiles(place)), ["", everyFeature]];
  const request = JSON.stringify({ prismaSchema, noColor: true });
  try {
    const answer = JSON.parse(parser.get_datamodel(request)) as Pick<PrismaSchema, "models" | "enums">;
    const { config } = JSON.parse(parser.get_config(request)) as {
      config: { datasources: { activeProvider: string }[] };
    };
    const providers = config.datasources.map(({ activeProvider }) => activeProvider);
    if (providers.join() === "postgresql")
      return addUnanswered(answer, parser.merge_schemas(JSON.stringify({ schema: prismaSchema })));
    throw new UserError(
      "prisma-schema",
      `Expected a Prisma schema with one datasource of provider "postgresql", got ${providers.map((name) => `"${name}"`).join(", ") || "none"} in ${place}.`,
    );
  } catch (error) {
    throw error instanceof UserError ? error : new UserError("prisma-schema", explain(place, error as Error));
  }
}

/**
 * Adds the parts that the parser's answer lacks: columns of ignored and unsupported fields, the schemas of enums and the relation mode.
 *
 * @param formatted all files as Prisma's formatter writes them: one block after the other, each with a field or an attribute per line
 */
function addUnanswered({ models, enums }: Pick<PrismaSchema, "models" | "enums">, formatted: string): PrismaSchema {
  const blocks = [...formatted.matchAll(/^(model|view|enum) ([\w-]+) \{\n([^]*?)^\}/gm)];
  const textOf = (name: string) => blocks.find(([, , blockName]) => blockName === name)![3]!;
  const tables = new Set(blocks.filter(([, kind]) => kind !== "enum").map(([, , name]) => name));
  return {
    models: models.map((model) => ({
      ...model,
      hidden: [...textOf(model.name).matchAll(fieldLine)]
        .filter(([, name, type]) => !model.fields.some((field) => field.name === name) && !tables.has(type))
        .map(([, name, , column]) => ({ field: name!, column: column ? (JSON.parse(column) as string) : name! })),
    })),
    enums: enums.map((one) => {
      const schema = /^ {2}@@schema\((?:map: )?(".*?")\)/m.exec(textOf(one.name))?.[1];
      return { ...one, schema: schema ? (JSON.parse(schema) as string) : null };
    }),
    hasForeignKeys: !/^ {2}relationMode += "prisma"/m.test(formatted),
  };
}

/** Takes name, type and `@map` of a field; a comment at the end of the line is no part of it. */
const fieldLine = /^ {2}([\w-]+) +([\w-]+)(?:(?:[^"/\n]|"(?:[^"\\]|\\.)*")* @map\((?:name: )?("(?:[^"\\]|\\.)*")\))?/gm;

async function readFiles(place: string): Promise<[name: string, text: string][]> {
  const found = await stat(place).catch(() => undefined);
  if (!found)
    throw new UserError(
      "prisma-schema",
      `Expected a Prisma schema (a file or a folder of .prisma files) at ${place}, found nothing.`,
    );
  const names = found.isDirectory()
    ? (await readdir(place, { recursive: true })).filter((name) => name.endsWith(".prisma")).sort()
    : [""];
  if (names.length === 0) throw new UserError("prisma-schema", `Expected .prisma files in ${place}, found none.`);
  return names.map((name) => {
    const file = path.join(place, name);
    const read = readTextFile(file);
    if ("reason" in read) throw new UserError("prisma-schema", `${file}:${read.line}: ${read.reason}.`);
    return [file, read.text.replace(clientSettings, "$1// $2")];
  });
}

/**
 * Settings that the parser of one version refuses and the next asks for, and that say nothing about the database: connection URLs, which
 * left the schema with Prisma 7, and preview features, of which all are on. Each becomes a comment, so that a message's line is the file's.
 */
const clientSettings = /^([\t ]*)(url|directUrl|shadowDatabaseUrl|previewFeatures)[\t ]*=.*/gm;

function explain(place: string, { message }: Error): string {
  try {
    return `Prisma does not accept ${place}:\n${(JSON.parse(message) as { message: string }).message.trim()}`;
  } catch {
    return `Prisma's parser failed on ${place}: ${message}`;
  }
}
