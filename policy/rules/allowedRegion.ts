import type { supabaseRegions } from "../../infra/config/schema/supabaseSchema.ts";
import type { Rule } from "../rule.ts";
import { types } from "../types.ts";

/** The regions of the catalogue that lie in the European Union: musicians' personal data stays there. Extend the list here. */
export const allowedRegions: readonly string[] = [
  "eu-north-1",
  "eu-central-1",
  "eu-west-1",
  "eu-west-3",
] satisfies (typeof supabaseRegions)[number][];

export const allowedRegion: Rule = {
  name: "allowed-region",
  description: `Supabase projects are made in the European Union: ${allowedRegions.join(", ")}.`,
  check: ({ type, name, props: { region } }) =>
    type === types.project && region !== undefined && !allowedRegions.includes(region as string)
      ? [
          `The Supabase project of ${name} would hold personal data in ${JSON.stringify(region)}: expected one of ${allowedRegions.join(", ")}. ` +
            "Change stagesub:supabase.region, or the list in policy/rules/allowedRegion.ts.",
        ]
      : [],
};
