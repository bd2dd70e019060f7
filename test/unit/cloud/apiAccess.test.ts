import { describe, expect, it } from "vitest";

import { readApiAccess } from "../../../infra/cloud/apiAccess.ts";

describe("the access to both APIs", () => {
  const services = ["supabase", "cloudflare"] as const;

  it("is what the official providers take: the stack's configuration before the environment, their usual endpoints", () => {
    const environment = { SUPABASE_ACCESS_TOKEN: "sbp_environment", CLOUDFLARE_API_TOKEN: "cf-environment" };
    const stack: Record<string, string> = { "supabase:accessToken": "sbp_stack" };
    expect(readApiAccess(services, (key) => stack[key], environment)).toEqual({
      supabase: { token: "sbp_stack", baseUrl: "https://api.supabase.com" },
      cloudflare: { token: "cf-environment", baseUrl: "https://api.cloudflare.com/client/v4" },
    });
  });

  it("is refused without tokens, of both at once", () => {
    expect(() => readApiAccess(services, () => undefined, { SUPABASE_ACCESS_TOKEN: "" }))
      .toThrowErrorMatchingInlineSnapshot(`
      [UserError: Expected a token for Supabase in SUPABASE_ACCESS_TOKEN, or encrypted in the stack file (\`pulumi config set --secret supabase:accessToken\`); found none.
      Expected a token for Cloudflare in CLOUDFLARE_API_TOKEN, or encrypted in the stack file (\`pulumi config set --secret cloudflare:apiToken\`); found none.]
    `);
  });
});
