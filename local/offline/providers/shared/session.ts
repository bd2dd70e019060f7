import { ProviderError } from "./providerError.ts";
import type { Provider } from "./provider.ts";
import type { PropertyMap, Values } from "./propertyMap.ts";
import type { Resource } from "./resource.ts";

/** The memory of one plugin process between the engine's calls. */
export class Session<Client> {
  readonly #provider: Provider<Client>;
  readonly #secrets = new Set<string>();
  readonly #cancellation = new AbortController();
  #client: Client | undefined;
  parameterized = false;

  constructor(provider: Provider<Client>) {
    this.#provider = provider;
  }

  get signal(): AbortSignal {
    return this.#cancellation.signal;
  }

  cancel(): void {
    this.#cancellation.abort(new Error("The engine cancelled the operation"));
  }

  /** Takes the program's settings, and the environment's for those left out. */
  configure({ values, secrets }: PropertyMap): void {
    const found: Values = {};
    for (const [name, { environment }] of Object.entries(this.#provider.configuration)) {
      const value = values[name] ?? process.env[environment];
      if (value !== undefined && value !== "") found[name] = value;
    }
    this.learn({ values: found, secrets });
    this.#client = this.#provider.configure(found);
  }

  get client(): Client {
    if (this.#client === undefined) throw new ProviderError("Provider not configured", "the engine sent no Configure");
    return this.#client;
  }

  resource(urn: string): Resource<Client> {
    const token = typeOf(urn);
    const { resources } = this.#provider;
    return Object.hasOwn(resources, token) ? resources[token]! : this.refuse(token);
  }

  /** Refuses a type or a function that is not implemented here. */
  refuse(token: string): never {
    const { name, version } = this.#provider.parameterization ?? this.#provider.plugin;
    const detail = `${token} is not implemented by the stand-in for ${name} ${version}; use the official plugin`;
    throw new ProviderError("Not implemented", detail);
  }

  /** Remembers the secret words of a message, so that no error of this process ever repeats them. */
  learn(map: PropertyMap): PropertyMap {
    for (const key of map.secrets) collectWords(map.values[key], this.#secrets);
    return map;
  }

  /** Returns the text with every secret word that this process has seen struck out. */
  redact(text: string): string {
    return [...this.#secrets].reduce((rest, secret) => rest.replaceAll(secret, "[secret]"), text);
  }
}

/** Returns the resource type in a URN `urn:pulumi:stack::project::parent$type::name`. */
export function typeOf(urn: string): string {
  return (urn.split("::")[2] ?? "").split("$").at(-1) ?? "";
}

/** Returns the resource's name in a URN. */
export function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

/** Shorter words would strike out innocent text. */
const shortestSecret = 4;

function collectWords(value: unknown, words: Set<string>): void {
  if (typeof value === "string") {
    if (value.length >= shortestSecret) words.add(value).add(JSON.stringify(value).slice(1, -1));
  } else if (typeof value === "object" && value !== null) {
    for (const item of Object.values(value)) collectWords(item, words);
  }
}
