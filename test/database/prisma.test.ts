import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import parser from "@prisma/prisma-schema-wasm";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";

import { type Connection, withClient } from "../../infra/database/connection/connection.ts";
import { ensureOrchestraDatabase } from "../../infra/database/tenant/ensureOrchestraDatabase.ts";
import { compareTables, type PrismaComparison } from "../../scripts/fleet/verify/prisma/compareTables.ts";
import { expectTables } from "../../scripts/fleet/verify/prisma/expectTables.ts";
import { readCatalogue } from "../../scripts/fleet/verify/prisma/readCatalogue.ts";
import { readPrismaSchema } from "../../scripts/fleet/verify/prisma/readPrismaSchema.ts";
import { usePostgres } from "../support/postgres.ts";
import { messageOf, query, root, specFor } from "./support.ts";

/** Not proven here: that a client generated from a schema that fits works with the database. */
describe("a Prisma schema beside a database", () => {
  const postgres = usePostgres();

  it("fits: docs/app.prisma and what the migrations make", async () => {
    const connection = await postgres.createDatabase();
    await ensureOrchestraDatabase(specFor(connection));
    expect(await compare(connection, path.join(root, "docs/app.prisma"))).toEqual({ mismatches: [], extras: [] });
  });

  describe("shows what does not fit:", () => {
    it.each<[what: string, sql: string, schema: string, ...reasons: string[]]>([
      [
        "a table that is missing",
        "",
        'model User {\n id Int @id\n @@map("users")\n}',
        'User (table): expected a table "users" in the schema public, got none',
      ],
      [
        "a column that is missing",
        'CREATE TABLE "User" (id int PRIMARY KEY)',
        'model User {\n id Int @id\n mail String? @map("e_mail") @db.VarChar(40)\n}',
        'User.mail (column): expected a column "e_mail" of type character varying(40), got none',
      ],
      [
        "another type, another length, a list where none is",
        'CREATE TABLE "User" (id uuid PRIMARY KEY, mail varchar(40), at timestamp(6), tags text, sum numeric(10,2))',
        "model User {\n id String @id\n mail String? @db.VarChar(80)\n at DateTime?\n tags String[]\n sum Decimal? @db.Decimal(10, 2)\n}",
        "User.id (type): expected text, got uuid",
        "User.mail (type): expected character varying(80), got character varying(40)",
        "User.at (type): expected timestamp(3) without time zone, got timestamp(6) without time zone",
        "User.tags (type): expected text[], got text",
      ],
      [
        "null where none is expected, and none where it is",
        'CREATE TABLE "User" (id int PRIMARY KEY, a text, b text NOT NULL)',
        "model User {\n id Int @id\n a String\n b String?\n}",
        "User.a (nullability): expected NOT NULL, got a column that may be null: the client fails on such a row",
        "User.b (nullability): expected a column that may be null, got NOT NULL: the client fails when it writes null",
      ],
      [
        "a value that the database is to fill and does not",
        'CREATE TABLE "User" (id int PRIMARY KEY, no serial, code text NOT NULL)',
        'model User {\n id Int @id @default(autoincrement())\n no Int @default(autoincrement())\n code String @default(dbgenerated("x()"))\n}',
        "User.id (default): expected the database to fill it (autoincrement or dbgenerated), got a column without a default",
        "User.code (default): expected the database to fill it (autoincrement or dbgenerated), got a column without a default",
      ],
      [
        "a key that is not unique, whole or at once",
        `CREATE TABLE "User" (id int, a int NOT NULL, b int NOT NULL, c int NOT NULL, d int NOT NULL UNIQUE DEFERRABLE);
         CREATE UNIQUE INDEX ON "User" (a) WHERE a > 0; CREATE UNIQUE INDEX ON "User" (abs(b)); CREATE UNIQUE INDEX ON "User" (c, b)`,
        "model User {\n id Int @id\n a Int @unique\n b Int @unique\n c Int\n d Int @unique\n @@unique([b, c])\n}",
        "User.id (nullability): expected NOT NULL, got a column that may be null: the client fails on such a row",
        "User (unique): expected (id) to be unique, got no primary key, unique constraint or whole unique index on it",
        "User (unique): expected (a) to be unique, got no primary key, unique constraint or whole unique index on it",
        "User (unique): expected (b) to be unique, got no primary key, unique constraint or whole unique index on it",
        "User (unique): expected (d) to be unique, got no primary key, unique constraint or whole unique index on it",
      ],
      [
        "an enum that is missing, one with other values, and a column that is none",
        `CREATE TYPE "user_role" AS ENUM ('ADMIN', 'guest'); CREATE TABLE "User" (id int PRIMARY KEY, role "user_role", kind text)`,
        'enum Role {\n ADMIN\n USER @map("user")\n @@map("user_role")\n}\nenum Kind {\n A\n}\nmodel User {\n id Int @id\n role Role?\n kind Kind?\n}',
        "user_role (enum): expected the value user; the database has ADMIN, guest",
        "user_role (enum): the database has guest as well, and the client fails on a row with it",
        "Kind (enum): expected an enum Kind (A) in the schema public, got none",
        "User.kind (type): expected enum public.Kind, got text",
      ],
      [
        "a foreign key that is missing",
        `CREATE TABLE "User" (id int PRIMARY KEY); CREATE TABLE "Post" (id int PRIMARY KEY, a int NOT NULL REFERENCES "User", b int NOT NULL)`,
        'model User {\n id Int @id\n as Post[] @relation("a")\n bs Post[] @relation("b")\n}\nmodel Post {\n id Int @id\n a Int\n b Int\n ua User @relation("a", fields: [a], references: [id])\n ub User @relation("b", fields: [b], references: [id])\n}',
        'Post.ub (foreign key): expected (b) to reference "User" (id), got no such foreign key',
      ],
      [
        "the table of a many-to-many relation",
        `CREATE TABLE "Tag" (id text PRIMARY KEY); CREATE TABLE "Post" (id int PRIMARY KEY); CREATE TABLE "_PostToTag" ("A" int NOT NULL, "B" int NOT NULL)`,
        "model Tag {\n id String @id\n posts Post[]\n}\nmodel Post {\n id Int @id\n tags Tag[]\n}",
        "relation PostToTag.B (type): expected text, got integer",
        "relation PostToTag (unique): expected (A, B) to be unique, got no primary key, unique constraint or whole unique index on it",
      ],
      [
        "an enum of the same name in another schema",
        `CREATE SCHEMA auth; CREATE TYPE auth."Kind" AS ENUM ('A'); CREATE TABLE "User" (id int PRIMARY KEY, kind auth."Kind")`,
        'enum Kind {\n A\n @@schema("public")\n}\nmodel User {\n id Int @id\n kind Kind?\n @@schema("public")\n}',
        "Kind (enum): expected an enum Kind (A) in the schema public, got none",
        "User.kind (type): expected enum public.Kind, got enum auth.Kind",
      ],
      [
        "a domain over another type, one that refuses null, and a list of domains",
        `CREATE DOMAIN score AS numeric(4,1); CREATE DOMAIN code AS varchar(8) NOT NULL;
         CREATE TABLE "User" (id int PRIMARY KEY, score score, code code, codes score[])`,
        "model User {\n id Int @id\n score Int?\n code String? @db.VarChar(8)\n codes Decimal[] @db.Decimal(4, 1)\n}",
        "User.score (type): expected integer, got numeric(4,1)",
        "User.code (nullability): expected a column that may be null, got NOT NULL: the client fails when it writes null",
        "User.codes (type): expected numeric(4,1)[], got score[]",
      ],
      [
        "a column that the client would leave empty",
        'CREATE TABLE "User" (id int PRIMARY KEY, born date NOT NULL, made timestamp NOT NULL DEFAULT now())',
        "model User {\n id Int @id\n}",
        'User (required column): the database has "born" date NOT NULL without a default, which the client would never fill',
      ],
    ])("%s", async (_what, sql, schema, ...reasons) => {
      const { mismatches } = await compareText(await databaseWith(sql), schema, schemasIn(schema));
      expect(mismatches.map(({ at, kind, reason }) => `${at} (${kind}): ${reason}`)).toEqual(reasons);
    });

    it("what is elsewhere: in another schema, in a view", async () => {
      const connection = await databaseWith(
        `CREATE SCHEMA auth; CREATE TABLE auth."User" (id int PRIMARY KEY, name text NOT NULL);
         CREATE VIEW "Names" AS SELECT id, name, 1 AS extra FROM auth."User"`,
      );
      const views = 'generator c {\n provider = "prisma-client-js"\n previewFeatures = ["views"]\n}\n';
      const schema = `${views}model User {\n id Int @id\n name String\n @@schema("auth")\n}\nview Names {\n id Int @unique\n name Int\n @@schema("public")\n}`;
      expect(await compareText(connection, schema, 'schemas = ["auth", "public"]')).toEqual({
        mismatches: [{ kind: "type", at: "Names.name", reason: "expected integer, got text" }],
        extras: ["column Names.extra"],
      });
    });
  });

  it("names what the database has beyond the schema, which is no mistake", async () => {
    const connection = await databaseWith(
      'CREATE TABLE "User" (id int PRIMARY KEY, note text, made timestamp NOT NULL DEFAULT now()); CREATE TABLE "Old" (id int)',
    );
    expect(await compareText(connection, "model User {\n id Int @id\n}")).toEqual({
      mismatches: [],
      extras: ["table public.Old", "column User.note", "column User.made"],
    });
  });

  it("asks only for the column where a field is Unsupported or ignored, and nothing of an ignored model", async () => {
    const connection = await databaseWith(
      `CREATE SCHEMA auth; CREATE TABLE "User" (id int PRIMARY KEY, words tsvector NOT NULL, old text NOT NULL, "a ""b""" text NOT NULL);
       CREATE TABLE auth.old_logs (id int); CREATE TABLE auth."Other" (id int PRIMARY KEY)`,
    );
    const schema = `/* model Gone {
        id Int @id
      } */
      model User { // @@ignore
        id Int @id
        search Unsupported("tsvector") @map(name: "words") /// @map("other")
        old String @ignore // @map("gone")
        note String? @ignore @map( "a \\"b\\"" )
        gone Unsupported("point")?
        /* gone2 Int @ignore
        */
        logs Log[] @ignore
        @@schema("public")
      }
      model Log {
        id Int
        userId Int @map("user")
        user User @relation(fields: [userId], references: [id])
        @@ignore
        // @@map("elsewhere")
        @@map(name: "old_logs")
        @@schema(map: "auth")
      }
      model Other {
        id Int @id
        @@schema(map: "auth")
      }`;
    expect(await compareText(connection, schema, schemasIn(schema))).toEqual({
      mismatches: [{ kind: "column", at: "User.gone", reason: 'expected a column "gone", got none' }],
      extras: ["table auth.old_logs"],
    });
  });

  it("expects no foreign key between a view and a table, nor without foreign keys at all, and reads domains as their base types", async () => {
    const connection = await databaseWith(
      `CREATE SCHEMA auth; CREATE TYPE auth."Role" AS ENUM ('A'); CREATE DOMAIN mail AS varchar(80); CREATE DOMAIN address AS mail NOT NULL DEFAULT 'x';
       CREATE DOMAIN tags AS text[]; CREATE DOMAIN role AS auth."Role";
       CREATE TABLE "User" (id int PRIMARY KEY, mail address, tags tags, role role);
       CREATE VIEW "Last" AS SELECT id AS "userId", mail FROM "User"; CREATE TABLE "Seen" (id int PRIMARY KEY, last int NOT NULL)`,
    );
    const schema = `model User {\n id Int @id\n mail String @default(dbgenerated()) @db.VarChar(80)\n tags String[]\n role Role?\n last Last?\n @@schema("public")\n}
      enum Role {\n A\n @@schema("auth")\n}
      view Last {\n userId Int @unique\n mail String @db.VarChar(80)\n user User @relation(fields: [userId], references: [id])\n seen Seen[]\n @@schema("public")\n}
      model Seen {\n id Int @id\n last Int\n of Last @relation(fields: [last], references: [userId])\n @@schema("public")\n}`;
    expect(await compareText(connection, schema, schemasIn(schema))).toEqual({ mismatches: [], extras: [] });
    const tables = `model A {\n id Int @id\n b B[]\n}\nmodel B {\n id Int @id\n a Int\n of A @relation(fields: [a], references: [id])\n}`;
    const plain = await databaseWith(
      `CREATE TABLE "A" (id int PRIMARY KEY); CREATE TABLE "B" (id int PRIMARY KEY, a int NOT NULL)`,
    );
    const comment = '/* relationMode = "foreignKeys" */';
    expect(
      (await compareText(plain, tables, `relationMode = "prisma" // or "foreignKeys"\n ${comment}`)).mismatches,
    ).toEqual([]);
    expect((await compareText(plain, tables, '// relationMode = "prisma"')).mismatches).toHaveLength(1);
  });

  it("knows every native type that Prisma's parser knows, as PostgreSQL names it", async () => {
    const types = JSON.parse(parser.native_types(JSON.stringify([["a.prisma", datasource()]]))) as NativeType[];
    expect(types.length).toBeGreaterThan(20);
    // A type that takes a length is tried once without and once with one.
    const columns = types.flatMap(({ name, prisma_types: [scalar], _number_of_optional_args: count }) =>
      ["", ...(count > 0 ? [count === 2 ? "(5, 2)" : "(5)"] : [])].map((args, index) => ({
        field: `${name}_${index}`,
        scalar: scalar!,
        native: `@db.${name}${args}`,
        sql: `${sqlNames[name] ?? name}${args}`,
      })),
    );
    const scalars = Object.entries(scalarDefaults).map(([scalar, sql]) => ({
      field: `s_${scalar}`,
      scalar,
      native: "",
      sql,
    }));
    const all = [...columns, ...scalars];
    const sql = `CREATE EXTENSION citext; CREATE TABLE "Every" (id int PRIMARY KEY, ${all.map(({ field, sql }) => `"${field}" ${sql}, "${field}_l" ${sql}[]`).join(", ")})`;
    const fields = all.flatMap(({ field, scalar, native }) => [
      ` ${field} ${scalar}? ${native}`,
      ` ${field}_l ${scalar}[] ${native}`,
    ]);
    const connection = await postgres.createDatabase();
    // A project's owner may not make extensions; in Supabase citext is there to be switched on.
    await postgres.cluster().withDatabase(connection.database, (client) => client.query(sql));
    expect(await compareText(connection, `model Every {\n id Int @id\n${fields.join("\n")}\n}`)).toEqual({
      mismatches: [],
      extras: [],
    });
  });

  let shared: Connection | undefined;
  /** Returns the one database, emptied and then filled by `sql`. */
  const databaseWith = async (sql: string): Promise<Connection> => {
    shared ??= await postgres.createDatabase();
    await query(shared, `DROP SCHEMA IF EXISTS auth CASCADE; DROP SCHEMA public CASCADE; CREATE SCHEMA public; ${sql}`);
    return shared;
  };
});

describe("reading a Prisma schema", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "stagesub-prisma-"));
    return () => rm(folder, { recursive: true, force: true });
  });
  const write = async (name: string, text: string) => {
    const file = path.join(folder, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, text);
    return file;
  };
  const refusal = async (place: string) => (await messageOf(readPrismaSchema(place))).replaceAll(folder, "…");

  it("shows Prisma's own message with the line, for every mistake in it", async () => {
    const file = await write(
      "wrong.prisma",
      `${datasource()}model User {\n id Int @id\n name Strnig\n at Datetime\n}\n`,
    );
    expect(await refusal(file)).toMatchInlineSnapshot(`
      "Prisma does not accept …/wrong.prisma:
      error: Type "Strnig" is neither a built-in type, nor refers to another model, composite type, or enum.
        -->  …/wrong.prisma:6
         | 
       5 |  id Int @id
       6 |  name Strnig
         | 
      error: Type "Datetime" is neither a built-in type, nor refers to another model, composite type, or enum. Did you mean "DateTime"?
        -->  …/wrong.prisma:7
         | 
       6 |  name Strnig
       7 |  at Datetime
         | 

      Validation Error Count: 2"
    `);
  });

  it.each([
    [
      "nothing at all",
      undefined,
      "Expected a Prisma schema (a file or a folder of .prisma files) at …/x.prisma, found nothing.",
    ],
    [
      "another database",
      'datasource db {\n provider = "mysql"\n}\n',
      'Expected a Prisma schema with one datasource of provider "postgresql", got "mysql" in …/x.prisma.',
    ],
    [
      "no database",
      "model User {\n id Int @id\n}\n",
      'Expected a Prisma schema with one datasource of provider "postgresql", got none in …/x.prisma.',
    ],
  ])("refuses %s", async (_what, text, reason) => {
    if (text !== undefined) await write("x.prisma", text);
    expect(await refusal(path.join(folder, "x.prisma"))).toBe(reason);
  });

  it("takes a schema of Prisma 5 or 6, with connection URLs and preview features that are gone, and keeps its lines", async () => {
    const urls =
      ' url = env("DATABASE_URL") // the app\'s\n directUrl="postgresql://a:secret@b/c"\n  shadowDatabaseUrl   = env("X")\n /* url = "y"\n*/\n';
    const generators =
      'generator client {\n provider = "prisma-client-js" // url = 1\n previewFeatures = ["views", "metrics", "omitApi", "driverAdapters", "never-heard-of"]\n}\n';
    const models =
      "model User {\n id Int @id\n url String\n previewFeatures Int\n}\nview Name {\n url String @unique\n}\n";
    const file = await write("six.prisma", `${generators}${datasource(urls)}${models}`);
    expect((await readPrismaSchema(file)).models.map(({ fields }) => fields.map(({ name }) => name))).toEqual([
      ["id", "url", "previewFeatures"],
      ["url"],
    ]);
    const wrong = await write("six-wrong.prisma", `${generators}${datasource(`${urls}provider = 1\n`)}${models}`);
    const message = await refusal(wrong);
    expect(message).toContain("…/six-wrong.prisma:12");
    expect(message).not.toContain("secret");
  });

  it.each([
    ["a byte order mark", (text: string) => Buffer.from(`\ufeff${text}`)],
    ["CRLF", (text: string) => Buffer.from(text.replaceAll("\n", "\r\n"))],
  ])("reads a file with %s", async (_what, encode) => {
    const text = `${datasource(' url = env("X")\n')}model User {\n id Int @id\n old Int @ignore\n}\n`;
    await writeFile(path.join(folder, "encoded.prisma"), encode(text));
    const { models } = await readPrismaSchema(path.join(folder, "encoded.prisma"));
    expect(models.map(({ fields, hidden }) => [fields.map(({ name }) => name), hidden])).toEqual([
      [["id"], [{ field: "old", column: "old" }]],
    ]);
  });

  it("refuses another encoding and a lone CR by their names", async () => {
    await writeFile(path.join(folder, "x.prisma"), Buffer.from(`\ufeff${datasource()}`, "utf16le"));
    expect(await refusal(path.join(folder, "x.prisma"))).toBe(
      "…/x.prisma:1: expected UTF-8 text, got UTF-16LE: save it as UTF-8.",
    );
    await write("x.prisma", datasource().replaceAll("\n", "\r"));
    expect(await refusal(path.join(folder, "x.prisma"))).toBe(
      "…/x.prisma:1: expected lines that end with LF or CRLF, got a lone CR: save it with LF line ends.",
    );
  });

  it("takes a folder of files as one schema", async () => {
    await write("many/base.prisma", datasource());
    await write("many/models/user.prisma", "model User {\n id Int @id\n posts Post[]\n}\n");
    await write(
      "many/models/post.prisma",
      "model Post {\n id Int @id\n by Int\n user User @relation(fields: [by], references: [id])\n}\n",
    );
    expect((await readPrismaSchema(path.join(folder, "many"))).models.map(({ name }) => name).sort()).toEqual([
      "Post",
      "User",
    ]);
  });
});

type NativeType = { name: string; prisma_types: string[]; _number_of_optional_args: number };

/** PostgreSQL's names of types that Prisma names otherwise. */
const sqlNames: Record<string, string> = { DoublePrecision: "double precision", VarBit: "bit varying" };

/** As Prisma documents them. */
const scalarDefaults = {
  String: "text",
  Boolean: "boolean",
  Int: "integer",
  BigInt: "bigint",
  Float: "double precision",
  Decimal: "decimal(65,30)",
  DateTime: "timestamp(3)",
  Json: "jsonb",
  Bytes: "bytea",
};

function datasource(more = ""): string {
  return `datasource db {\n provider = "postgresql"\n${more}}\n`;
}

/** Returns the datasource's setting that makes a schema with `@@schema` valid. */
function schemasIn(schema: string): string {
  return schema.includes("@@schema") ? 'schemas = ["auth", "public"]' : "";
}

async function compareText(connection: Connection, schema: string, more = ""): Promise<PrismaComparison> {
  const folder = await mkdtemp(path.join(tmpdir(), "stagesub-prisma-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = path.join(folder, "schema.prisma");
  await writeFile(file, `${datasource(more && ` ${more}\n`)}${schema}\n`);
  return compare(connection, file);
}

async function compare(connection: Connection, file: string): Promise<PrismaComparison> {
  const expectation = expectTables(await readPrismaSchema(file));
  const schemas = [...new Set([...expectation.tables, ...expectation.enums].map(({ schema }) => schema))];
  return compareTables(expectation, await withClient(connection, (client) => readCatalogue(client, schemas)));
}
