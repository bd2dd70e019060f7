import { type Colours, pc } from "../cli/colours.ts";

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

/** Formats one line per difference: ≠ where something is not as declared, ? where it could not be looked at. */
export function formatDifferences(parts: readonly Compared[], colours: Colours = pc): string[] {
  return parts.flatMap(({ id, differences }) =>
    differences.map(({ kind, text }) =>
      kind === "unseen" ? colours.red(`? ${id}: could not be looked at: ${text}`) : colours.yellow(`≠ ${id}: ${text}`),
    ),
  );
}

/** Formats the answer of `drift`: the lines, how many parts there are of each kind, and what to do. */
export function formatDrift(parts: readonly Compared[], stack: string, colours: Colours = pc): string {
  const count = (kind: Difference["kind"]) =>
    parts.filter(({ differences }) => differences.some((difference) => difference.kind === kind)).length;
  const [drifted, unseen] = [count("drift"), count("unseen")];
  if (drifted + unseen === 0) return `Nothing differs from what is declared for ${stack}.`;
  const remedy =
    drifted === 0 ? "" : ` \`pulumi up --refresh -s ${stack}\` puts right what is ours and names what it leaves.`;
  return [...formatDifferences(parts, colours), `${drifted} with drift, ${unseen} not looked at.${remedy}`].join("\n");
}
