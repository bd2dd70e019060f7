import type { Value, Values } from "./propertyMap.ts";

/** One attribute of a resource, described as the official provider's schema describes it. */
export interface Attribute {
  /** `optionalComputed`: the provider fills it if the program leaves it out. */
  kind: "required" | "optional" | "computed" | "optionalComputed";
  /** Arrays and maps without `fields` hold strings. */
  type: "string" | "boolean" | "number" | "object" | "array" | "map";
  /** The properties of an object, or of each object in an array. */
  fields?: Attributes;
  /** Marked secret in inputs and outputs, whatever the program says. */
  secret?: true;
  /** A change makes a new resource. */
  replaces?: true;
  /** The string holds a JSON object of these fields: spacing and the order of keys make no difference. */
  json?: Attributes;
  /** Computed anew at each change, so a preview of a change cannot know it. */
  volatile?: true;
  /** The value if the program leaves it out. */
  default?: Value;
  /** Pulumi makes up a name if the program gives none. */
  autonamed?: true;
  /** In the official provider's schema, and refused here. */
  unimplemented?: true;
  /** Describes the fault of a known value. */
  problem?: (value: Value) => string | undefined;
}

/** A setting of the provider itself; an environment variable may replace it if the program leaves it out. */
export interface Setting extends Attribute {
  environment: string;
}

export type Attributes = Record<string, Attribute>;

/** A resource's life. States are plain values with `id`; nothing here knows gRPC. The signal aborts when the engine cancels. */
export interface Resource<Client> {
  attributes: Attributes;
  create: (client: Client, plan: Values, signal: AbortSignal) => Promise<Values>;
  /** Reads the current state; undefined when the resource is gone. */
  read: (client: Client, state: Values, signal: AbortSignal) => Promise<Values | undefined>;
  /** Returns the state that an import starts from, given an id alone. */
  importState: (id: string) => Values;
  update: (client: Client, state: Values, plan: Values, signal: AbortSignal) => Promise<Values>;
  delete: (client: Client, state: Values, signal: AbortSignal) => Promise<void>;
}
