import type { Values } from "./propertyMap.ts";
import type { Resource, Setting } from "./resource.ts";

/** A whole provider as data: `createService` turns it into the engine's gRPC service. */
export interface Provider<Client> {
  /** The plugin: its name on disk and its version. */
  plugin: { name: string; version: string };
  /** The provider that the plugin becomes when the engine parameterizes it; absent if it is a provider of its own. */
  parameterization?: Parameterization;
  configuration: Record<string, Setting>;
  /** Builds the API's client from the settings, the environment's included; throws a ProviderError when the configuration does not suffice. */
  configure: (configuration: Values) => Client;
  resources: Record<string, Resource<Client>>;
}

export interface Parameterization {
  name: string;
  version: string;
  /** Refuses any value but the one that the generated SDK carries. */
  requireValue: (value: string) => void;
}
