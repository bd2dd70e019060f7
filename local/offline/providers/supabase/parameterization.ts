import type { Parameterization } from "../shared/provider.ts";
import { supabasePackage } from "./schema.ts";

/** Accepts supabase/supabase 1.9.1 and nothing else, since nothing else is imitated here. */
export const parameterization: Parameterization = {
  name: supabasePackage.name,
  version: supabasePackage.version,
  acceptValue: (value) => {
    const { remote } = JSON.parse(value) as { remote?: { url?: string; version?: string } };
    accept(remote?.url ?? "", remote?.version ?? "");
  },
  acceptArguments: ([source = "", version = supabasePackage.version]) => {
    accept(source.split("/").length > 2 ? source : `registry.opentofu.org/${source}`, version.replace(/^v/, ""));
  },
};

function accept(url: string, version: string): void {
  if (url === supabasePackage.registryUrl && version === supabasePackage.version) return;
  throw new Error(
    `Expected ${supabasePackage.registryUrl} ${supabasePackage.version}, got ${url} ${version}: this plugin stands in for ` +
      "one provider on machines without Pulumi's downloads. Install the official plugin: " +
      `pulumi plugin install resource ${supabasePackage.bridge.name} ${supabasePackage.bridge.version}`,
  );
}
