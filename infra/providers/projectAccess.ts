import * as pulumi from "@pulumi/pulumi";

import { DynamicResource } from "./dynamicResource.ts";

export interface ProjectAccessInputs {
  /** The project's name at Supabase, for messages. */
  project: string;
  /** Its ref, twenty letters. Not known while it is yet to be made; absent where making it failed. */
  ref: string;
  /** The owning role's password. It is tried once, when this is made. Secret. */
  password: string;
  /** How to log in; see `stagesub:supabase.connect`. */
  connect: "session" | "direct";
  /** PEM text of the authority that signs the server's certificate, besides those that Node trusts. */
  ca?: string;
  /** Why the project cannot be worked with, as this run found it: makes work of what would be none, which fails in these words or finds it mended. */
  trouble?: string;
  /** What a refresh found that is not as it was left; the program never sets it. */
  drift?: string[];
}

export interface ProjectAccessState {
  /** Pool mode → connection string of the pooler, the password left out, as the API says it. */
  pooler: Record<string, string>;
}

type Args = { [Key in keyof Omit<ProjectAccessInputs, "drift">]: pulumi.Input<ProjectAccessInputs[Key]> };

/**
 * The way into a Supabase project: it is active, its pooler is known, and this stack's password opens it. A project that stands
 * already is proven here before it is adopted, so that nobody's password is ever changed but of a project that this stack made.
 *
 * A resource and no function call of the program, because a function that fails ends the run for all.
 */
export class ProjectAccess extends DynamicResource {
  declare readonly state: pulumi.Output<ProjectAccessState>;

  constructor(name: string, args: Args, opts?: pulumi.CustomResourceOptions) {
    super("ProjectAccess", name, { ...args, password: pulumi.secret(args.password), state: undefined }, opts);
  }
}
