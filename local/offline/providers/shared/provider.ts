import type { Values } from "./propertyMap.ts";
import type { Attributes, Resource, Setting, Signature } from "./resource.ts";

/** A whole provider as data: `createService` turns it into the engine's gRPC service. */
export interface Provider<Client> {
  /** The plugin: its name on disk and its version. */
  plugin: { name: string; version: string };
  /** The provider that the plugin becomes when the engine parameterizes it; absent if it is a provider of its own. */
  parameterization?: Parameterization;
  /** The head of the Pulumi package schema: name, version, and the settings of the SDK's generator. */
  package: { name: string; version: string; [field: string]: unknown };
  configuration: Record<string, Setting>;
  /** Builds the API's client from the settings, the environment's included; throws a ProviderError when the configuration does not suffice. */
  configure: (configuration: Values) => Client;
  resources: Record<string, Resource<Client>>;
  /** The rest of the official schema: known, and refused with a message. Left out, the rest is unknown here. */
  unimplemented?: { resources: Record<string, Attributes>; functions: Record<string, Signature> };
}

export interface Parameterization {
  name: string;
  version: string;
  /** Accepts the value that a generated SDK carries, or throws. */
  acceptValue: (value: string) => void;
  /** Accepts the words after `pulumi package add <plugin>`, or throws. */
  acceptArguments: (words: string[]) => void;
}
