import { readdir, stat } from "node:fs/promises";
import path from "node:path";

import { UserError } from "../../../../infra/errors.ts";
import { readTextFile } from "../../../../infra/util/readTextFile.ts";
import { type Attribute, type Declaration, type Member, readDeclarations } from "./readDeclarations.ts";

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
  declarations: Declaration[];
}

/**
 * Reads a schema file, or a folder of them as Prisma's multi-file schemas are, with the parser that Prisma itself ships. Its answer lacks
 * ignored models and fields, unsupported types, views and the schemas of enums; {@link readDeclarations} adds them.
 *
 * @throws {UserError} with Prisma's own message, which names file and line, or where the two do not read the same
 */
export async function readPrismaSchema(place: string): Promise<PrismaSchema> {
  const files = await readFiles(place);
  const { models, enums } = await parseSchema(place, files);
  const declared = files.flatMap(({ name: file, declarations }) => declarations.map((one) => ({ ...one, file })));
  const find = (kinds: string[]) => declared.filter(({ kind }) => kinds.includes(kind));
  const tables = find(["model", "view"]);
  const isTable = new Set(tables.map(({ name }) => name));
  const [findTable, findEnum] = [pairUp(models, tables, isIgnored), pairUp(enums, find(["enum"]), () => false)];
  const settings = find(["datasource"]).flatMap(({ members }) => members);
  return {
    models: models.map((model) => {
      const declaration = findTable(model.name);
      const fields = declaration.members.filter(({ name }) => name !== "");
      pairUp(
        model.fields,
        fields.map((field) => ({ ...field, file: declaration.file })),
        isHidden,
      );
      const hidden = fields.filter((field) => isHidden(field) && !isTable.has(field.type));
      return {
        ...model,
        isView: declaration.kind === "view",
        hidden: hidden.map(({ name, attributes }) => ({ field: name, column: textOf(attributes, "@map") ?? name })),
      };
    }),
    enums: enums.map((one) => {
      const { members, file } = findEnum(one.name);
      pairUp(
        one.values,
        members.filter(({ name }) => name !== "").map((value) => ({ ...value, file })),
        () => false,
      );
      return { ...one, schema: textOf(blockAttributes({ members }), "@@schema") ?? null };
    }),
    hasForeignKeys: !settings.some(({ name, type }) => name === "relationMode" && type === "prisma"),
    ignoredTables: tables.filter(isIgnored).map((table) => ({
      schema: textOf(blockAttributes(table), "@@schema") ?? "public",
      name: textOf(blockAttributes(table), "@@map") ?? table.name,
    })),
  };
}

type Located = { name: string; line: number; file: string };

/**
 * Pairs Prisma's answer with the declarations by their names.
 *
 * @returns the declaration of a name
 * @throws {UserError} where one of the two has a name that the other lacks and that is not left out on purpose
 */
function pairUp<T extends Located>(
  answered: { name: string }[],
  declared: T[],
  isLeftOut: (one: T) => boolean,
): (name: string) => T {
  const names = new Set(answered.map(({ name }) => name));
  const stray = declared.find((one) => names.has(one.name) === isLeftOut(one));
  const byName = new Map(declared.map((one) => [one.name, one]));
  const lost = answered.find(({ name }) => !byName.has(name));
  if (!stray && !lost) return (name) => byName.get(name)!;
  throw new UserError(
    "prisma-schema",
    stray
      ? `Expected Prisma to know "${stray.name}" in ${stray.file}:${stray.line}, but its parser passes over it. Write each field and value on a line of its own, also the first.`
      : `Expected "${lost!.name}", which Prisma reads, on a line of its own.`,
  );
}

function isIgnored(table: { members: Member[] }): boolean {
  return blockAttributes(table).some(({ name }) => name === "@@ignore");
}

function isHidden({ type, attributes }: Member): boolean {
  return type === "Unsupported" || attributes.some(({ name }) => name === "@ignore");
}

function blockAttributes({ members }: { members: Member[] }): Attribute[] {
  return members.filter(({ name }) => name === "").flatMap(({ attributes }) => attributes);
}

function textOf(attributes: Attribute[], name: string): string | undefined {
  return attributes.find((attribute) => attribute.name === name)?.text;
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
    return { name: file, text: read.text, declarations: readDeclarations(read.text) };
  });
}

/**
 * Takes out the settings that the parser of one version refuses and the next asks for, and that say nothing about the database: connection
 * URLs, which left the schema with Prisma 7, and preview features, of which all are on. The lines stay, so that a message's line is the file's.
 */
function withoutClientSettings({ text, declarations }: SchemaFile): string {
  return declarations
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
