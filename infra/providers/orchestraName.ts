import type * as pulumi from "@pulumi/pulumi";

import type { NameHeld } from "../api/removeRecords.ts";
import { DynamicResource } from "./dynamicResource.ts";

type Args = { [Key in keyof NameHeld]: pulumi.Input<NameHeld[Key]> };

/**
 * What takes an orchestra's name away. The DNS record is `deletedWith` this, so that Pulumi leaves the removal to it: Cloudflare's
 * provider takes a record that is gone already for an error, and no rerun would get past one whose removal took effect while the answer
 * was lost. Making and changing it does nothing.
 */
export class OrchestraName extends DynamicResource {
  constructor(name: string, args: Args, opts?: pulumi.CustomResourceOptions) {
    super("OrchestraName", name, { ...args, state: undefined }, opts);
  }
}
