import type { Value, Values } from "./propertyMap.ts";

/** One attribute of a resource, described as the official provider's schema describes it. */
export interface Attribute {
  /** `optionalComputed`: the provider fills it where the program leaves it out. */
  kind: "required" | "optional" | "computed" | "optionalComputed";
  type: "string" | "boolean" | "number" | "object" | "array";
  /** Marked secret in inputs and outputs, whatever the program says. */
  secret?: true;
  /** A change makes a new resource. */
  replaces?: true;
  /** The string holds JSON: spacing and the order of keys make no difference. */
  json?: true;
  /** Computed anew at each change, so a preview of a change cannot know it. */
  volatile?: true;
  /** Value where the program leaves it out. */
  default?: Value;
  /** Pulumi makes up a name where the program leaves it out. */
  autonamed?: true;
  /** Says what is wrong with a known value. */
  problem?: (value: Value) => string | undefined;
}

/** A setting of the provider itself; where the program leaves it out, an environment variable may say it. */
export interface Setting extends Attribute {
  environment: string;
}

export type Attributes = Record<string, Attribute>;

/** What every call gets beside its values. */
export interface Call {
  /** Aborted when the engine cancels. */
  signal: AbortSignal;
  /** Shows a warning beside the resource. */
  warn: (message: string) => void;
}

/** A resource's life. States are plain values with `id`; nothing here knows gRPC. */
export interface Resource<Client> {
  attributes: Attributes;
  create: (client: Client, plan: Values, call: Call) => Promise<Values>;
  /** What is there now; undefined when it is gone. */
  read: (client: Client, state: Values, call: Call) => Promise<Values | undefined>;
  /** What an import starts from: the state of an id alone. */
  importState: (client: Client, id: string, call: Call) => Promise<Values | undefined>;
  update: (client: Client, state: Values, plan: Values, call: Call) => Promise<Values>;
  delete: (client: Client, state: Values, call: Call) => Promise<void>;
}

/** A data source: arguments in, result out. */
export interface Lookup<Client> {
  arguments: Attributes;
  read: (client: Client, args: Values, call: Call) => Promise<Values>;
}
