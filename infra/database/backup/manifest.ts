import { z } from "zod";
import { UserError } from "../../errors.ts";

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** A number of rows and a digest of them that does not depend on their order. */
const rows = z.strictObject({ rows: z.int().nonnegative(), digest: z.string() });

/** The file `manifest.json` in a backup, which describes it. Holds no secret. */
const manifestSchema = z.strictObject({
  format: z.literal("stagesub-backup/2"),
  /** The stack, and the database in it: "malmo", "pool-3" or "the main database". */
  stack: z.string(),
  key: z.string(),
  /** The orchestra that the data belongs to; null for a spare and for the main database. */
  orchestra: z.string().nullable(),
  /** Time of the snapshot, by the server's clock. */
  takenAt: z.iso.datetime(),
  /** PostgreSQL's version, such as "17.10". */
  server: z.string(),
  /** The role that owns everything in the database. */
  role: z.string(),
  /** The search path of that role: functions in constraints and views may rely on it. */
  searchPath: z.string(),
  /** Applied migrations: file → SHA-256 of the file. */
  ledger: z.record(z.string(), sha256),
  /** The roles that hold rights in the database. */
  roles: z.array(z.string()),
  /** The extensions that the tables need. */
  extensions: z.array(z.strictObject({ name: z.string(), schema: z.string() })),
  /** Everything that a restore must bring back, computed by SQL in both databases. Names are quoted. */
  contents: z.strictObject({
    tables: z.record(z.string(), rows),
    /** Whether each materialized view is filled. A restore fills it anew. */
    views: z.record(z.string(), z.boolean()),
    sequences: z.record(z.string(), z.strictObject({ value: z.string(), called: z.boolean() })),
    /** Large objects. */
    objects: rows,
    /** Digest of the policies and of the rights of all roles but the owner. */
    rights: z.strictObject({ digest: z.string() }),
  }),
  /** Digest of `database.dump`, which pg_dump wrote. */
  dump: sha256,
});

export type Manifest = z.infer<typeof manifestSchema>;

/** Reads a manifest. @throws {UserError} if this version does not understand it */
export function parseManifest(text: string, file: string): Manifest {
  const parsed = manifestSchema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new UserError(
    "backup-file",
    `Expected a manifest of the format stagesub-backup/2 in ${file}; ${issue!.path.join(".") || "all of it"}: ${issue!.message}. ` +
      "Take the version of this program that wrote it.",
  );
}

/** Returns the number of rows in all tables. */
export function countRows({ contents }: Manifest): number {
  return Object.values(contents.tables).reduce((sum, { rows }) => sum + rows, 0);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
