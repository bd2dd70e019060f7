import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";

import { CommandError } from "../../orchestra/commandError.ts";

/** A schema as Prisma's own parser read it: what it calls DMMF, as far as it is used here. */
export interface PrismaSchema {
  models: Model[];
  enums: { name: string; dbName: string | null; values: { name: string; dbName: string | null }[] }[];
  /** Whether foreign keys are left to the client (`relationMode = "prisma"`). */
  hasForeignKeys: boolean;
  /** Fields that the parser leaves out, by model: `Unsupported(…)` and `@ignore`. A model of `@@ignore` has none of its own. */
  hidden: Map<string, { field: string; column: string }[]>;
  /** Tables of models with `@@ignore`. */
  ignoredTables: Set<string>;
}

export interface Model {
  name: string;
  dbName: string | null;
  schema?: string | null;
  fields: Field[];
  primaryKey: { fields: string[] } | null;
  uniqueFields: string[][];
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
 * @throws {CommandError} with Prisma's own message, which names file and line
 */
export async function readPrismaSchema(place: string): Promise<PrismaSchema> {
  const files = await readFiles(place);
  // Three megabytes of WebAssembly: loaded by who needs it.
  const { default: parser } = await import("@prisma/prisma-schema-wasm");
  const prismaSchema = files.map(({ name, text }) => [name, withoutUrls(text)]);
  const parse = () => {
    try {
      const { datamodel } = JSON.parse(parser.get_dmmf(JSON.stringify({ prismaSchema, noColor: true }))) as {
        datamodel: Pick<PrismaSchema, "models" | "enums">;
      };
      const { config } = JSON.parse(
        parser.get_config(JSON.stringify({ prismaSchema, datasourceOverrides: {}, ignoreEnvVarErrors: true, env: {} })),
      ) as { config: { datasources: { activeProvider: string }[] } };
      return { datamodel, providers: config.datasources.map(({ activeProvider }) => activeProvider) };
    } catch (error) {
      throw new CommandError(explain(place, error as Error));
    }
  };
  const { datamodel, providers } = parse();
  if (providers.join() !== "postgresql") {
    throw new CommandError(
      `Expected a Prisma schema with one datasource of provider "postgresql", got ${providers.map((name) => `"${name}"`).join(", ") || "none"} in ${place}.`,
    );
  }
  const text = files.map((file) => file.text).join("\n");
  return {
    ...datamodel,
    hasForeignKeys: !/^\s*relationMode\s*=\s*"prisma"/m.test(text),
    ...readHidden(text, datamodel.models),
  };
}

async function readFiles(place: string): Promise<{ name: string; text: string }[]> {
  const found = await stat(place).catch(() => undefined);
  if (!found)
    throw new CommandError(
      `Expected a Prisma schema (a file or a folder of .prisma files) at ${place}, found nothing.`,
    );
  const names = found.isDirectory()
    ? (await readdir(place, { recursive: true })).filter((name) => name.endsWith(".prisma")).sort()
    : [""];
  if (names.length === 0) throw new CommandError(`Expected .prisma files in ${place}, found none.`);
  return Promise.all(
    names.map(async (name) => {
      const file = path.join(place, name);
      return { name: file, text: await readFile(file, "utf8") };
    }),
  );
}

/**
 * Connection URLs left the schema with Prisma 7, whose parser refuses them; those of earlier versions hold them. Nothing here
 * connects by them. The lines stay, so that a message's line is the file's.
 */
function withoutUrls(text: string): string {
  return text.replace(/^([ \t]*)(?:url|directUrl|shadowDatabaseUrl)[ \t]*=[ \t]*(?:env\(|")/gm, "$1// $&");
}

function explain(place: string, { message }: Error): string {
  try {
    return `Prisma does not accept ${place}:\n${(JSON.parse(message) as { message: string }).message.trim()}`;
  } catch {
    return `Prisma's parser failed on ${place}: ${message}`;
  }
}

/** What the parser accepted and did not return, from the text itself: a field is one line. */
function readHidden(text: string, models: Model[]): Pick<PrismaSchema, "hidden" | "ignoredTables"> {
  const hidden: PrismaSchema["hidden"] = new Map();
  const ignoredTables = new Set<string>();
  const everyName = [...text.matchAll(/^\s*(?:model|view)\s+(\w+)/gm)].map(([, name]) => name!);
  for (const [, name, body] of text.matchAll(/^\s*(?:model|view)\s+(\w+)\s*\{([^]*?)^\s*\}/gm)) {
    const model = models.find((candidate) => candidate.name === name);
    if (!model) {
      ignoredTables.add(/^\s*@@map\("(.+?)"\)/m.exec(body!)?.[1] ?? name!);
      continue;
    }
    const fields = [...body!.matchAll(/^\s*(\w+)\s+(\w+)(.*)$/gm)]
      .filter(([, field, type]) => !model.fields.some((known) => known.name === field) && !everyName.includes(type!))
      .map(([, field, , rest]) => ({ field: field!, column: /@map\("(.+?)"\)/.exec(rest!)?.[1] ?? field! }));
    hidden.set(name!, fields);
  }
  return { hidden, ignoredTables };
}
