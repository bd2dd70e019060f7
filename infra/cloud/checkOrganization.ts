import { UserError } from "../errors.ts";
import { type ApiAccess, callApi } from "./callApi.ts";

export interface OrganizationPlace extends ApiAccess {
  /** Its slug. */
  organization: string;
}

/**
 * Returns warnings about the Supabase token's rights beside this organization, as far as the API tells (`GET /v1/organizations`). Makes one
 * attempt; where the token may not ask, there is no warning.
 *
 * @throws {UserError} where the token sees organizations, and this one is not among them
 */
export async function checkOrganization(place: OrganizationPlace): Promise<string[]> {
  const call = { ...place, service: "Supabase", method: "GET", path: "/v1/organizations", patienceMs: 0 } as const;
  const answer = await callApi(call).catch(() => undefined);
  const slugs = ((answer ?? []) as { id: string; slug?: string }[]).map(({ id, slug }) => slug ?? id);
  if (slugs.length === 0) return [];
  if (!slugs.includes(place.organization)) {
    throw new UserError(
      "account-differs",
      `Expected the Supabase token to see the organization ${place.organization} (stagesub:supabase.organization), got one that sees ` +
        `${slugs.join(", ")}. Correct the slug in the stack file, or set a token of a member of it. Nothing was created or changed.`,
    );
  }
  if (slugs.length === 1) return [];
  return [
    `The Supabase token can do more than this stack needs: it reaches ${slugs.length} organizations (${slugs.join(", ")}), and needs ${place.organization} alone. ` +
      "Scope it to that organization (docs/security.md).",
  ];
}
