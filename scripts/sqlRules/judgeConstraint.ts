import type { Constraint } from "@pgsql/types";

import type { Finding } from "./finding.ts";
import { quoteName, words } from "./names.ts";

/** ADD CONSTRAINT on a table that has rows. */
export function* judgeConstraint(constraint: Constraint): Generator<Finding> {
  const columns = words(constraint.keys ?? constraint.fk_attrs)
    .map(quoteName)
    .join(", ");
  const name = constraint.conname ? quoteName(constraint.conname) : columns || "without a name";
  // The others are marks on one of these.
  const kind: string = constraint.contype ?? "";
  switch (kind) {
    case "CONSTR_FOREIGN":
      if (!constraint.skip_validation) yield { rule: "foreign-key-validates", name };
      break;
    case "CONSTR_CHECK":
      if (!constraint.skip_validation) yield { rule: "check-validates", name };
      break;
    case "CONSTR_UNIQUE":
      if (!constraint.indexname) yield { rule: "unique-without-index", name };
      break;
    case "CONSTR_PRIMARY":
      if (!constraint.indexname) yield { rule: "primary-key-without-index", name };
      break;
    case "CONSTR_EXCLUSION":
      yield { rule: "add-exclude", name };
      break;
    default:
  }
}
