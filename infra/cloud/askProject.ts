import { UserError } from "../errors.ts";
import { type ApiAccess, callApi } from "./callApi.ts";

/**
 * Asks Supabase to pause or to restore a project (`POST /v1/projects/{ref}/pause`, `/restore`).
 *
 * @returns the API's refusal, if any; a token's missing right or a server's trouble is thrown
 */
export async function askProject(
  access: ApiAccess,
  ref: string,
  what: "pause" | "restore",
): Promise<UserError | undefined> {
  try {
    await callApi({ ...access, service: "Supabase", method: "POST", path: `/v1/projects/${ref}/${what}` });
    return undefined;
  } catch (error) {
    if (error instanceof UserError && [400, 402, 409, 422].includes(error.fields.status ?? 0)) return error;
    throw error;
  }
}
