import { readdir, stat } from "node:fs/promises";
import path from "node:path";

import { UserError } from "../../../../infra/errors.ts";
import { readTextFile } from "../../../../infra/util/readTextFile.ts";
import { type Block, findArgument, type Member, readBlocks, readString } from "./readBlocks.ts";

/** A schema as Prisma's own parser reads it (its DMMF), as far as it is used here, and the parts that its DMMF leaves out. */
export interface PrismaSchema {
  models: Model[];
  enums: Enum[];
  /** Whether foreign keys are left to the client (`relationMode = "prisma"`). */
  hasForeignKeys: boolean;
  /** Tables and views of models with `@@ignore`. */
  ignoredTables: { schema: string; name: string }[];
}

export interface Model {
  name: string;
  dbName: string | null;
  schema?: string | null;
  isView: boolean;
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

interface SchemaFile {
  name: string;
  text: string;
  blocks: Block[];
}

/**
 * Reads a schema file, or a folder of them as Prisma's multi-file schemas are, with the parser that Prisma itself ships. Its answer lacks
 * ignored models and fields, unsupported types, views and the schemas of enums; {@link readBlocks} adds them.
 *
 * @throws {UserError} with Prisma's own message, which names file and line, or where the two do not read the same
 */
export async function readPrismaSchema(place: string): Promise<PrismaSchema> {
  const files = await readFiles(place);
  const { models, enums } = await parseSchema(place, files);
  const blocks = files.flatMap((file) => file.blocks);
  const tables = blocks.filter(({ kind }) => kind === "model" || kind === "view");
  const lists = blocks.filter(({ kind }) => kind === "enum");
  requireSameNames(
    [...models, ...enums].flatMap((one) => [
      one.name,
      ...("fields" in one ? one.fields : one.values).map(({ name }) => `${one.name}.${name}`),
    ]),
    [...tables.filter((table) => !isIgnored(table)), ...lists].flatMap(({ name, place, members }) => [
      { name, place },
      ...members
        .filter((member) => member.name !== "" && !isHidden(member))
        .map((member) => ({ name: `${name}.${member.name}`, place: member.place })),
    ]),
  );
  const isTable = new Set(tables.map(({ name }) => name));
  const settings = blocks.filter(({ kind }) => kind === "datasource").flatMap(({ members }) => members);
  return {
    models: models.map((model) => {
      const { kind, members } = tables.find(({ name }) => name === model.name)!;
      return {
        ...model,
        isView: kind === "view",
        hidden: members
          .filter((member) => isHidden(member) && !isTable.has(member.words[1]!))
          .map(({ name, words }) => ({ field: name, column: findArgument(words, "@map") || name })),
      };
    }),
    enums: enums.map((one) => {
      const list = lists.find(({ name }) => name === one.name)!;
      return { ...one, schema: findArgument(attributesOf(list), "@@schema") ?? null };
    }),
    hasForeignKeys: !settings.some(
      ({ name, words }) => name === "relationMode" && readString(words[2] ?? "") === "prisma",
    ),
    ignoredTables: tables.filter(isIgnored).map((table) => ({
      schema: findArgument(attributesOf(table), "@@schema") ?? "public",
      name: findArgument(attributesOf(table), "@@map") ?? table.name,
    })),
  };
}

/**
 * Compares the models, enums, fields and values that Prisma's parser answers with those that stand in the files.
 *
 * @throws {UserError} for the first that only one of the two has
 */
function requireSameNames(answered: string[], declared: { name: string; place: string }[]): void {
  const known = new Set(answered);
  const passedOver = declared.find(({ name }) => !known.has(name));
  if (passedOver)
    throw new UserError(
      "prisma-schema",
      `Expected Prisma to know ${passedOver.name} in ${passedOver.place}, but its parser passes over it. Write each field and value on a line of its own, also the first.`,
    );
  const written = new Set(declared.map(({ name }) => name));
  const missing = answered.find((name) => !written.has(name));
  if (missing !== undefined)
    throw new UserError("prisma-schema", `Expected ${missing}, which Prisma reads, on a line of its own.`);
}

function isIgnored(table: Block): boolean {
  return findArgument(attributesOf(table), "@@ignore") !== undefined;
}

function isHidden({ words }: Member): boolean {
  return words[1] === "Unsupported" || findArgument(words, "@ignore") !== undefined;
}

function attributesOf({ members }: Block): string[] {
  return members.filter(({ name }) => name === "").flatMap(({ words }) => words);
}

async function parseSchema(place: string, files: SchemaFile[]) {
  // Three megabytes of WebAssembly: loaded by the one command that needs it.
  const { default: parser } = await import("@prisma/prisma-schema-wasm");
  const prismaSchema = [
    ...files.map((file) => [file.name, withoutClientSettings(file)]),
    ["", `generator everyPreviewFeature {\n provider = ""\n previewFeatures = ${parser.preview_features()}\n}\n`],
  ];
  const request = JSON.stringify({ prismaSchema, noColor: true });
  try {
    const { datamodel } = JSON.parse(parser.get_dmmf(request)) as {
      datamodel: { models: Omit<Model, "isView" | "hidden">[]; enums: Omit<Enum, "schema">[] };
    };
    const { config } = JSON.parse(parser.get_config(request)) as {
      config: { datasources: { activeProvider: string }[] };
    };
    const providers = config.datasources.map(({ activeProvider }) => activeProvider);
    if (providers.join() === "postgresql") return datamodel;
    throw new UserError(
      "prisma-schema",
      `Expected a Prisma schema with one datasource of provider "postgresql", got ${providers.map((name) => `"${name}"`).join(", ") || "none"} in ${place}.`,
    );
  } catch (error) {
    throw error instanceof UserError ? error : new UserError("prisma-schema", explain(place, error as Error));
  }
}

async function readFiles(place: string): Promise<SchemaFile[]> {
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
    return { name: file, text: read.text, blocks: readBlocks(read.text, file) };
  });
}

/**
 * Takes out the settings that the parser of one version refuses and the next asks for, and that say nothing about the database: connection
 * URLs, which left the schema with Prisma 7, and preview features, of which all are on. The lines stay, so that a message's line is the file's.
 */
function withoutClientSettings({ text, blocks }: SchemaFile): string {
  return blocks
    .flatMap(({ kind, members }) => members.filter(({ name }) => clientSettings[kind]?.includes(name)))
    .reduceRight((rest, { name, start, end }) => `${rest.slice(0, start)}// ${name}${rest.slice(end)}`, text);
}

const clientSettings: Record<string, string[]> = {
  datasource: ["url", "directUrl", "shadowDatabaseUrl"],
  generator: ["previewFeatures"],
};

function explain(place: string, { message }: Error): string {
  try {
    return `Prisma does not accept ${place}:\n${(JSON.parse(message) as { message: string }).message.trim()}`;
  } catch {
    return `Prisma's parser failed on ${place}: ${message}`;
  }
}
