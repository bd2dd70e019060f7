import { type HttpAnswer, retryAfter, type RetryPolicy, sendHttp } from "../shared/http.ts";
import { messageOf, ProviderError } from "../shared/providerError.ts";

/** The version of the official plugin and of the npm package `@pulumi/cloudflare`; the engine asks for exactly this one. */
export const cloudflareVersion = "6.22.1";

/** Cloudflare's API with the official client's headers, retries and errors. */
export class CloudflareClient {
  readonly #baseUrl: string;
  readonly #headers: Record<string, string>;

  constructor(baseUrl: string, token: string) {
    this.#baseUrl = baseUrl;
    this.#headers = { Authorization: `Bearer ${token}`, "User-Agent": `pulumi/${cloudflareVersion}` };
  }

  /** Sends a request and returns the answer's `result`; undefined for a 404 that `missing` allows. */
  async send(
    method: "GET" | "POST" | "PUT" | "DELETE",
    path: string,
    { body, signal, missing = false }: { body?: object; signal: AbortSignal; missing?: boolean },
  ): Promise<unknown> {
    const url = this.#baseUrl + path;
    const request = { method, url, headers: this.#headers, ...(body ? { body } : {}) };
    const answer = await sendHttp(request, retryTwice, signal).catch((error: unknown) => {
      throw new ProviderError("failed to make http request", messageOf(error));
    });
    if (missing && answer.status === 404) return undefined;
    if (answer.status >= 400) {
      throw new ProviderError("failed to make http request", `${method} "${url}": ${answer.status} ${answer.text}`);
    }
    return resultOf(answer);
  }
}

/** The official client tries twice more, even for writes: after a lost connection, a conflict, a limit or a fault of the server. */
const retryTwice: RetryPolicy = ({ number, answer }) => {
  const retried = answer === undefined || [408, 409, 429].includes(answer.status) || answer.status >= 500;
  if (!retried || number >= 2) return undefined;
  const asked = answer && retryAfter(answer.headers);
  if (asked !== undefined && asked < 60_000) return asked;
  return Math.min(8000, 500 * 2 ** number) * (1 - Math.random() / 4);
};

function resultOf(answer: HttpAnswer): unknown {
  try {
    return (JSON.parse(answer.text) as { result: unknown }).result;
  } catch (error) {
    throw new ProviderError("failed to deserialize http request", messageOf(error));
  }
}
