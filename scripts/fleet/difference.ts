/** One thing that is not as declared. Code decides by `kind` and `field`; `text` is for people and holds no secret. */
export interface Difference {
  /** `pending`: the next `pulumi up` makes it. `unseen`: it could not be looked at. `drift`: anything else. */
  kind: "drift" | "pending" | "unseen";
  field: Field;
  text: string;
}

export type Field =
  | "name"
  | "subdomain"
  | "contact"
  | "email"
  | "setupDate"
  | "status"
  | "connection"
  | "version"
  | "database"
  | "row"
  | "login"
  | "rights"
  | "seeds"
  | "schema"
  | "project"
  | "record";
