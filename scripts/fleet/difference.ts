/** One thing that is not as declared. Code decides by `kind` and `field`; `text` is for people and holds no secret. */
export interface Difference {
  /**
   * `drift`: somebody or something changed it. `pending`: the next `pulumi up` makes it. `unseen`: it could not be looked at.
   * `unmanaged`: it is there, and no stack says what it should be.
   */
  kind: "drift" | "pending" | "unseen" | "unmanaged";
  field: Field;
  text: string;
}

/** The thing that differs: a column of the row, or a part of the database or the clouds. */
export type Field =
  | "name"
  | "subdomain"
  | "contact"
  | "email"
  | "setupDate"
  | "status"
  | "connection"
  | "row"
  | "version"
  | "database"
  | "login"
  | "rights"
  | "templates"
  | "settings"
  | "administrator"
  | "schema"
  | "project"
  | "record";

/** An orchestra, a pool database or a shared part, with its differences from the declaration. */
export interface Compared {
  /** An orchestra's id, `pool-2`, "the main database", "Supabase" or "Cloudflare". */
  id: string;
  differences: Difference[];
}

export function drift(field: Field, text: string): Difference {
  return { kind: "drift", field, text };
}
