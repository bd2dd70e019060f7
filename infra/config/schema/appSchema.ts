import { z } from "zod";
import { hostRules } from "./names.ts";
import { textField } from "./textField.ts";
import type { TextRules } from "./textField.ts";

/** The app's answer to "where does an orchestra open?": the template is checked here and where the environment gives it. */
export const appUrlRules: TextRules = {
  description:
    "The address at which an orchestra opens; {host} stands for its name. Left out: STAGESUB_APP_URL, or https://{host}.",
  expected: "a URL with {host} in place of the name",
  example: "https://{host}",
  pattern: /^https?:\/\/\{host\}(:\d{1,5})?(\/[^\s?#]*)?$/,
  rule: "it must be http:// or https://, then {host} once, then at most a port and a path",
};

/** `stagesub:app`: where every orchestra's name leads. */
export const appSchema = z
  .strictObject({
    target: textField({
      description: "The host that serves the app: every orchestra's CNAME points here.",
      expected: "a host name",
      example: "cname.vercel-dns.com",
      ...hostRules,
    }),
    proxied: z
      .boolean()
      .meta({
        description:
          "Whether Cloudflare stands in front (orange cloud). The app's host may need false to issue certificates.",
      })
      .default(false),
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
    title: "App",
    description: "The app (Next.js) that serves every orchestra.",
    examples: [{ target: "cname.vercel-dns.com" }],
  });
