import { z } from "zod";
import { DatabaseError } from "../databaseError.ts";

/** What a backup says about itself: the file `manifest.json` in it, written last. Holds no secret. */
export const manifestSchema = z.strictObject({
  format: z.literal("stagesub-backup/1"),
  /** The stack, and the database in it: "malmo", "pool-3" or "the main database". */
  stack: z.string(),
  key: z.string(),
  /** The orchestra whose data it is; null for a spare and for the main database. */
  orchestra: z.string().nullable(),
  /** When the snapshot was taken, by the server's clock. */
  takenAt: z.iso.datetime(),
  /** PostgreSQL's version, such as "17.10". */
  server: z.string(),
  /** Applied migrations: file → SHA-256 of the file. */
  ledger: z.record(z.string(), z.string().regex(/^[0-9a-f]{64}$/)),
  tables: z.array(
    z.strictObject({
      schema: z.enum(["public", "stagesub"]),
      name: z.string(),
      /** In the order of the data. */
      columns: z.array(z.string()),
      /** The file in the archive: gzip over the text of COPY (UTF-8, time zone UTC). */
      file: z.string(),
      rows: z.int().nonnegative(),
      /** Digest of the text before compression. */
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
    }),
  ),
  /** Quoted name → last value; null where none was drawn yet. */
  sequences: z.record(
    z.string(),
    z
      .string()
      .regex(/^-?\d+$/)
      .nullable(),
  ),
});

export type Manifest = z.infer<typeof manifestSchema>;

/** One table of a backup. */
export type BackedUpTable = Manifest["tables"][number];

/** @throws DatabaseError where it is not one that this version understands */
export function parseManifest(text: string, file: string): Manifest {
  const parsed = manifestSchema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new DatabaseError(
    `Expected a manifest of the format stagesub-backup/1 in ${file}; ${issue!.path.join(".") || "all of it"}: ${issue!.message}. ` +
      "Take the version of this program that wrote it.",
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
