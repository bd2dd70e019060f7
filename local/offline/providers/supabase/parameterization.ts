import { isDeepStrictEqual } from "node:util";
import type { Parameterization } from "../shared/provider.ts";

/** The bridge plugin that would carry the official provider. */
export const bridge = { name: "terraform-provider", version: "1.4.0" };

const [name, version, url] = ["supabase", "1.10.1", "registry.opentofu.org/supabase/supabase"];

/** The parameter in the generated SDK, which the engine passes on. */
export const parameter = JSON.stringify({ remote: { url, version } });

/** The Terraform provider that this plugin imitates, and no other. */
export const parameterization: Parameterization = {
  name,
  version,
  requireValue: (value) => {
    if (value !== "" && isDeepStrictEqual(JSON.parse(value), JSON.parse(parameter))) return;
    throw new Error(
      `Expected ${url} ${version} and no options, got ${value || "none"}: this plugin stands in for one provider on machines without Pulumi's ` +
        `downloads. Install the official plugin: pulumi plugin install resource ${bridge.name} ${bridge.version}`,
    );
  },
};
