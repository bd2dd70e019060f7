import { isDeepStrictEqual } from "node:util";
import type { Parameterization } from "../shared/provider.ts";
import { parameter, supabasePackage } from "./schema.ts";

/** Accepts supabase/supabase 1.10.1 and nothing else, since this plugin imitates nothing else. */
export const parameterization: Parameterization = {
  name: supabasePackage.name,
  version: supabasePackage.version,
  acceptValue: (value) => {
    if (!isDeepStrictEqual(JSON.parse(value), JSON.parse(parameter))) refuse(value);
  },
  acceptArguments: (words) => {
    const [source = "", version = supabasePackage.version, ...rest] = words;
    const url = source.split("/").length > 2 ? source : `registry.opentofu.org/${source}`;
    const meant = url === supabasePackage.registryUrl && version.replace(/^v/, "") === supabasePackage.version;
    if (!meant || rest.length > 0) refuse(words.join(" "));
  },
};

function refuse(found: string): never {
  const { bridge, registryUrl, version } = supabasePackage;
  throw new Error(
    `Expected ${registryUrl} ${version} and no options, got ${found}: this plugin stands in for one provider on machines without Pulumi's ` +
      `downloads. Install the official plugin: pulumi plugin install resource ${bridge.name} ${bridge.version}`,
  );
}
