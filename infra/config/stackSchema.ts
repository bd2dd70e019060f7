import { isIP } from "node:net";
import { z } from "zod";
import { refuseDatabaseUrl, refuseMigrationUrl } from "./databaseAddress.ts";
import { hostPattern, refuseHost } from "./names.ts";
import { orchestraExample, orchestraSchema } from "./orchestraSchema.ts";
import { supabaseRegions, supabaseSizes } from "./supabaseCatalogue.ts";
import { type Refusal, textField, type TextRules } from "./textField.ts";

/** The app's answer to "where does an orchestra open?": the template is checked here and where the environment gives it. */
export const appUrlRules: TextRules = {
  description:
    "The address at which an orchestra opens; {host} stands for its name. Left out: STAGESUB_APP_URL, or https://{host}.",
  expected: "a URL with {host} in place of the name",
  example: "https://{host}",
  pattern: /^https?:\/\/\{host\}(:\d{1,5})?(\/[^\s?#]*)?$/,
  rule: "it must be http:// or https://, then {host} once, then at most a port and a path",
};

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

/** Where each orchestra's CNAME points; checked against the orchestras' own names too. */
const hostRules = { pattern: hostPattern, rule: "it is no host name", refuse: refuseHost };

const appSchema = z
  .strictObject({
    target: textField({
      description: "The host that serves the app: every orchestra's CNAME points here.",
      expected: "a host name",
      example: "cname.vercel-dns.com",
      ...hostRules,
    }),
    proxied: z.boolean().default(false).meta({
      description:
        "Whether Cloudflare stands in front (orange cloud). The app's host may need false to issue certificates.",
    }),
    url: textField(appUrlRules).optional(),
    urlParameters: textField({
      description:
        "What the app's database client needs at the end of its connection URL. The default fits Prisma on Supabase's transaction pooler.",
      expected: "parameters such as pgbouncer=true&connection_limit=1",
      example: "pgbouncer=true&connection_limit=1&sslmode=require",
      pattern: /^([A-Za-z_]+=[A-Za-z0-9_.,:/%-]+(&[A-Za-z_]+=[A-Za-z0-9_.,:/%-]+)*)?$/,
      rule: "it must be name=value pairs joined by &, without a leading ?",
    }).default("pgbouncer=true&connection_limit=1&sslmode=require"),
  })
  .meta({
    description: "The app (Next.js) that serves every orchestra.",
    examples: [{ target: "cname.vercel-dns.com" }],
  });

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
    description: "Cloudflare, where the orchestras' names live.",
    examples: [{ zoneId: "023e105f4ecef8ad9ca31a8372d0c353" }],
  });

const supabaseSchema = z
  .strictObject({
    organization: textField({
      description:
        "The organization's slug: the last part of its dashboard address. Changing it replaces every project.",
      expected: "an organization's slug",
      example: "stagesub",
      pattern: /^[a-z0-9][a-z0-9_-]{0,63}$/,
      rule: "a slug has lower-case letters, digits and hyphens",
    }),
    region: z.enum(supabaseRegions).meta({
      description: "Where projects are made; eu-north-1 is Stockholm. An existing project cannot move.",
      examples: ["eu-north-1"],
    }),
    size: z
      .enum(supabaseSizes)
      .default("micro")
      .meta({ description: "Compute size of each project. It costs per project." }),
    connect: z.enum(["session", "direct"]).default("session").meta({
      description:
        "How migrations connect: through the session pooler, or to the direct host (IPv6 only, unless the add-on is bought).",
    }),
    networkRestrictions: z
      .array(
        textField({
          description: "A network in CIDR form.",
          expected: "a network in CIDR form",
          example: "203.0.113.0/24",
          refuse: refuseNetwork,
        }),
      )
      .default([])
      .meta({
        description:
          "Networks that may connect to the databases; left out or empty: all. The app's network and that of the machine that runs `pulumi up` must be among them.",
        examples: [["203.0.113.0/24"]],
      }),
  })
  .meta({
    description: "Supabase, where the databases live.",
    examples: [{ organization: "stagesub", region: "eu-north-1" }],
  });

const adoptedUrl = (description: string, refuse: (text: string) => Refusal | undefined) =>
  textField({
    description: `${description} Encrypted: \`pulumi config set --secret --path stagesub:adopted.<id>.…\`.`,
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
  .meta({ description: "A database that exists already, of the orchestra with this id and `database: adopted`." });

/** The default of `stagesub:pool.max`. */
export const poolMax = 20;

const poolSchema = z
  .strictObject({
    spares: z.int().min(0).max(100).default(0).meta({
      description:
        "Free databases that are kept ready; claiming one adds the next in the same plan. Each is a Supabase project and costs as much.",
    }),
    max: z.int().min(0).max(1000).default(poolMax).meta({
      description: "The highest pool number that may ever exist: past it a plan fails before anything is made.",
    }),
    retired: z
      .array(z.int().min(1).max(1000))
      .default([])
      .meta({
        description: "Numbers of databases that have held an orchestra and were released: never handed out again.",
        examples: [[2]],
      }),
  })
  .meta({
    description:
      "Warm databases `pool-1 … pool-N`. N is the smallest that holds every claim, every retired number and `spares` free ones.",
    examples: [{ spares: 2, max: 20 }],
  });

/** The keys that hold secrets: encrypted in the file, and never shown, whatever is wrong with them. */
export const secretKeys: readonly string[] = ["databaseUrl", "adopted"];

/**
 * What a stack file says under `stagesub:`; the source of the types, of the checks and of `stacks/schema.json`.
 * The keys of its records are ids: checkNames judges them, because zod would leave out what stands behind a bad one.
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
  databaseUrl: textField(databaseUrlRules).optional(),
  adopted: z
    .record(z.string(), adoptedSchema)
    .default({})
    .meta({ description: "Connection URLs of databases that exist already, by orchestra id. Every URL is encrypted." }),
  pool: poolSchema.prefault({}),
  rollout: z
    .strictObject({
      canary: z
        .array(textField({ description: "An orchestra's id.", expected: "an orchestra's id", example: "malmo" }))
        .default([])
        .meta({
          description: "Orchestras that every migration reaches first; if it fails there, it reaches nobody else.",
          examples: [["malmo"]],
        }),
    })
    .meta({ description: "In which order migrations reach the orchestras.", examples: [{ canary: ["malmo"] }] })
    .prefault({}),
  orchestras: z.record(z.string(), orchestraSchema).meta({
    description: "The orchestras, by id. The id is also the subdomain unless `subdomain:` says otherwise.",
    examples: [{ malmo: orchestraExample }],
  }),
});

function refuseDomain(text: string): Refusal | undefined {
  // A DNS name has at most 253 characters; the longest subdomain takes 63 and a dot.
  if (text.length <= 189) return refuseHost(text);
  return { why: "an orchestra's name under it could be longer than DNS allows", remedy: "use a shorter domain" };
}

function refuseNetwork(text: string): Refusal | undefined {
  const [address = "", prefix, ...more] = text.split("/");
  const bits = new Map([
    [4, 32],
    [6, 128],
  ]).get(isIP(address));
  const remedy = "write an address and a prefix length, such as 203.0.113.0/24 or 203.0.113.7/32";
  if (bits === undefined || more.length > 0) return { why: "it does not begin with an IP address", remedy };
  if (prefix === undefined)
    return { why: "it has no prefix length", remedy: `for this one address write ${address}/${bits}` };
  if (!/^\d{1,3}$/.test(prefix) || Number(prefix) > bits)
    return { why: `the prefix length must be 0 to ${bits}`, remedy };
  return undefined;
}
