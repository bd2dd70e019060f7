import { z } from "zod";
import { appSchema } from "./appSchema.ts";
import { backupSchema } from "./backupSchema.ts";
import { keyFields } from "./keySchema.ts";
import { refuseDatabaseUrl, refuseMigrationUrl } from "./refuseDatabaseUrl.ts";
import { hostRules, refuseHost } from "./names.ts";
import { newOrchestra, orchestraExample, orchestraSchema } from "./orchestraSchema.ts";
import { rolloutSchema } from "./rolloutSchema.ts";
import { supabaseSchema } from "./supabaseSchema.ts";
import { textField } from "./textField.ts";
import type { Refusal, TextRules } from "./textField.ts";

/** `stagesub:databaseUrl` and `DATABASE_URL`. */
export const databaseUrlRules: TextRules = {
  description:
    "The main database, which holds the `Orchestra` table: a direct or session connection, encrypted. Left out: DATABASE_URL. " +
    "Set it with `pulumi config set --secret stagesub:databaseUrl`.",
  expected: "the main database's connection URL",
  example: "postgresql://USER:PASSWORD@HOST:5432/DATABASE",
  refuse: refuseMigrationUrl,
  hidden: "secret",
};

const cloudflareSchema = z
  .strictObject({
    zoneId: textField({
      description: "The DNS zone of stagesub:domain: 32 hexadecimal digits, on the zone's overview page.",
      expected: "32 hexadecimal digits",
      example: "023e105f4ecef8ad9ca31a8372d0c353",
      pattern: /^[0-9a-f]{32}$/,
      rule: "it is not 32 of 0–9 and a–f",
      hidden: "guarded",
    }),
  })
  .meta({
    title: "Cloudflare",
    description: "Cloudflare, where the orchestras' names live.",
    examples: [{ zoneId: "023e105f4ecef8ad9ca31a8372d0c353" }],
  });

const adoptedUrl = (description: string, refuse: (text: string) => Refusal | undefined) =>
  textField({
    description: `${description} Encrypted: \`pulumi config set --secret --path stagesub:adopted.<name>.…\`.`,
    expected: "a connection URL",
    example: "postgresql://USER:PASSWORD@HOST:5432/DATABASE",
    refuse,
    hidden: "secret",
  });

const adoptedSchema = z
  .strictObject({
    url: adoptedUrl("The connection that the app uses (the transaction pooler on Supabase).", refuseDatabaseUrl),
    direct: adoptedUrl("A direct or session connection of the owning role, for migrations.", refuseMigrationUrl),
  })
  .meta({
    title: "Adopted database",
    description:
      "A database that exists already: of the orchestra with this id and `database: adopted`, or the pool database of this name (`pool-3`) " +
      "in place of a Supabase project. If it is empty it is migrated; if this program has migrated it, brought up to date; otherwise refused.",
  });

/** The default of `stagesub:pool.max`. */
export const poolMax = 20;

const poolSchema = z
  .strictObject({
    spares: z
      .int()
      .min(0)
      .max(100)
      .meta({
        description:
          "Free databases that are kept ready; claiming one adds the next in the same plan. Each is a Supabase project and costs as much.",
      })
      .default(0),
    max: z
      .int()
      .min(0)
      .max(1000)
      .meta({
        description: "The highest pool number that may ever exist: past it a plan fails before anything is made.",
      })
      .default(poolMax),
    retired: z
      .array(z.int().min(1).max(1000))
      .meta({
        description: "Numbers of databases that have held an orchestra and were released: never handed out again.",
        examples: [[2]],
      })
      .default([]),
  })
  .meta({
    title: "Pool",
    description:
      "Warm databases `pool-1 … pool-N`. N is the smallest that holds every claim, every retired number, every adopted database and " +
      "`spares` free ones.",
    examples: [{ spares: 2, max: 20 }],
  });

/** The keys that hold secrets: encrypted in the file, and never shown, whatever is wrong with them. */
export const secretKeys: readonly string[] = ["key", "previousKey", "databaseUrl", "adopted"];

/**
 * The schema of a stack file's `stagesub:` keys; the source of the types, of the checks and of `stacks/schema.json`.
 * The keys of its records are ids: checkNames judges them, because zod would leave out the value behind a bad id.
 */
export const stackSchema = z.strictObject({
  domain: textField({
    description: "The domain under which every orchestra has its name.",
    expected: "a domain",
    example: "stagesub.com",
    ...hostRules,
    refuse: refuseDomain,
  }),
  app: appSchema,
  cloudflare: cloudflareSchema,
  supabase: supabaseSchema,
  ...keyFields,
  databaseUrl: textField(databaseUrlRules).optional(),
  databaseMovedTo: textField({
    description:
      "In the change that moves the main database alone: host, port and name of the new one. Without it a run over another main database is refused.",
    expected: "host, port and name of a database",
    example: "db.example.com:5432/main",
    pattern: /^\S+:\d+\/\S+$/,
    rule: "it is not host:port/name",
  }).optional(),
  adopted: z
    .record(z.string(), adoptedSchema)
    .meta({
      description:
        "Connection URLs of databases that exist already, by orchestra id or by pool database (`pool-3`). Every URL is encrypted.",
    })
    .default({}),
  backup: backupSchema.prefault({}),
  pool: poolSchema.prefault({}),
  rollout: rolloutSchema.prefault({}),
  orchestras: z.record(z.string(), orchestraSchema).meta({
    title: "Orchestras",
    description: "The orchestras, by id. The id is also the subdomain unless `subdomain:` says otherwise.",
    examples: [{ malmo: orchestraExample }],
    defaultSnippets: [newOrchestra],
  }),
});

function refuseDomain(text: string): Refusal | undefined {
  // A DNS name has at most 253 characters; the longest subdomain takes 63 and a dot.
  if (text.length <= 189) return refuseHost(text);
  return { why: "an orchestra's name under it could be longer than DNS allows", remedy: "use a shorter domain" };
}
