import * as pulumi from "@pulumi/pulumi";

import { DynamicResource } from "./dynamicResource.ts";

export interface PasswordsArgs {
  /** Name of each password → its version, from 1. Raising a version makes that one password anew and leaves the others. */
  versions: Record<string, number>;
}

export interface PasswordsState {
  /** Name → password, from `generatePassword`. */
  values: Record<string, string>;
}

/**
 * Random passwords that stand in the state, encrypted, before anything is made with them: a run that is cut off after
 * a database took its password still knows that password.
 */
export class Passwords extends DynamicResource {
  declare readonly state: pulumi.Output<PasswordsState>;

  constructor(name: string, args: PasswordsArgs, opts?: pulumi.CustomResourceOptions) {
    const secrets = { additionalSecretOutputs: ["state"] };
    const props = { ...args, state: undefined };
    super("Passwords", name, props, pulumi.mergeOptions(opts, secrets));
  }

  /** One of them, as a secret. */
  value(name: string): pulumi.Output<string> {
    return this.state.apply(({ values }) => {
      const value = values[name];
      if (value === undefined) throw new Error(`Passwords hold ${Object.keys(values).join(", ")}; expected ${name}`);
      return value;
    });
  }
}
