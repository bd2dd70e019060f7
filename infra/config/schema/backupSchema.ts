import { z } from "zod";
import { textField } from "./textField.ts";
import type { TextRules } from "./textField.ts";

/** `stagesub:backup`: a run that would write to the main database wants a recent backup of it. */
export const backupSchema = z
  .strictObject({
    maxAge: textField({
      description:
        "How old the main database's last backup may be when `pulumi up` writes to it: minutes, hours or days. Past it a preview is refused; " +
        "`./stagesub backup registry` makes one, STAGESUB_BACKUP_CHECK=skip goes without for one run. An empty database needs none.",
      expected: "an age such as 24h",
      example: "24h",
      pattern: /^[1-9]\d{0,3}[mhd]$/,
      rule: "it must be a number from 1 to 9999, then m (minutes), h (hours) or d (days)",
    }).default("24h"),
    automatic: z
      .boolean()
      .meta({
        description:
          "Whether `pulumi up` then makes the backup by itself, in backups/<stack>/, where the latest ten of these stay. Only where that folder " +
          "stays too: a CI job's disk is thrown away.",
      })
      .default(false),
  })
  .meta({
    title: "Backups",
    description: "Backups of the main database, which lists every orchestra. Left out: at most 24h old, made by hand.",
    examples: [{ maxAge: "24h" }],
  });

/** `STAGESUB_BACKUP_CHECK`. */
export const backupCheckRules: TextRules = {
  description: "Lets one run write to the main database whatever the age of its last backup.",
  expected: "skip, or no such variable",
  example: "skip",
  pattern: /^skip$/,
  rule: "it knows one word",
};
