import { z } from "zod";

import { textField } from "./textField.ts";

const idField = () => textField({ description: "An orchestra's id.", expected: "an orchestra's id", example: "malmo" });

const stagingSchema = z
  .strictObject({
    stack: textField({
      description: "The stack of this program, in the same backend, whose databases get every migration first.",
      expected: "the name of another stack of this program",
      example: "staging",
      pattern: /^[A-Za-z0-9_.-]{1,100}$/,
      rule: "a stack's name has 1 to 100 of A–Z, a–z, 0–9, _, . and -",
    }),
    unproven: z
      .array(
        textField({
          description: "A migration file, by its path under migrations/.",
          expected: "a migration file's path under migrations/",
          example: "orchestra/0012_nickname.sql",
          pattern: /^(orchestra|registry)\/[^/]+\.sql$/,
          rule: "it begins with orchestra/ or registry/ and ends with .sql",
        }),
      )
      .meta({
        description:
          "Migrations that this stack applies although that one has not proven them. Say why in a comment; remove the entry once they are applied.",
        examples: [["orchestra/0012_nickname.sql"]],
      })
      .default([]),
  })
  .meta({
    description:
      "A migration that is pending here is refused unless every orchestra's database of that stack has applied and verified it, byte for byte.",
    examples: [{ stack: "staging" }],
  });

/** In which order migrations reach the databases, and what keeps them from it. */
export const rolloutSchema = z
  .strictObject({
    canary: z
      .array(idField())
      .meta({
        description: "Orchestras that every migration reaches first; if it fails there, it reaches nobody else.",
        examples: [["malmo"]],
      })
      .default([]),
    waves: z
      .array(z.array(idField()).meta({ examples: [["gavle", "goteborg"]] }))
      .meta({
        description:
          "Orchestras that follow the canaries, one wave after the other. Whoever is in none comes last, with the pool's free databases.",
        examples: [[["gavle", "goteborg"], ["norrkoping"]]],
      })
      .default([]),
    onError: z
      .enum(["stop", "continue"])
      .meta({
        description:
          "What a database that fails in a wave means for the later ones. `stop`: they are not touched. `continue`: they go on, in the same order. A canary's failure stops all others either way.",
      })
      .default("stop"),
    staging: stagingSchema.optional(),
  })
  .meta({
    description: "In which order migrations reach the orchestras.",
    examples: [{ canary: ["malmo"], waves: [["gavle", "goteborg"]] }],
  });
