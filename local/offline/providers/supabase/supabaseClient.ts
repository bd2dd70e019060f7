import { type HttpAnswer, retryAfter, type RetryPolicy, sendHttp } from "../shared/http.ts";
import { messageOf, ProviderError } from "../shared/providerError.ts";
import { parameterization } from "./parameterization.ts";

/** A call of the Management API, with the official provider's words for its failure. */
export interface SupabaseRequest {
  method: "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
  /** Below `/v1/projects`, e.g. `/abcdefghijklmnopqrst/postgrest`. */
  path: string;
  body?: object;
  /** "Unable to …": the official provider's words before "got status 400: <body>". */
  failure: string;
  /** Statuses that are an answer and no failure. */
  accepts: readonly number[];
  signal: AbortSignal;
}

export interface SupabaseAnswer {
  status: number;
  /** The parsed body; undefined if it is not JSON. */
  body: unknown;
}

/** The Management API with the official provider's headers, retries and errors. */
export class SupabaseClient {
  readonly #endpoint: string;
  readonly #headers: Record<string, string>;

  constructor(endpoint: string, token: string) {
    this.#endpoint = endpoint;
    this.#headers = { Authorization: `Bearer ${token}`, "User-Agent": `TFProvider/${parameterization.version}` };
  }

  async send({ method, path, body, failure, accepts, signal }: SupabaseRequest): Promise<SupabaseAnswer> {
    const url = `${this.#endpoint}/v1/projects${path}`;
    const request = { method, url, headers: this.#headers, ...(body ? { body } : {}) };
    const answer = await sendHttp(request, retryReads, signal).catch((error: unknown) => {
      throw new ProviderError("Client Error", `${failure}, got error: ${messageOf(error)}`);
    });
    if (!accepts.includes(answer.status)) {
      throw new ProviderError("Client Error", `${failure}, got status ${answer.status}: ${answer.text}`);
    }
    return { status: answer.status, body: parse(answer) };
  }
}

/** The official provider asks again only for reads: three times, with a growing wait that a `Retry-After` may set. */
const retryReads: RetryPolicy = ({ number, method, answer }) => {
  const transient = answer === undefined || [408, 429, 500, 502, 503, 504].includes(answer.status);
  if (method !== "GET" || !transient || number >= 3) return undefined;
  const asked = answer && [429, 503].includes(answer.status) ? retryAfter(answer.headers) : undefined;
  const [shortest, longest, cap] = [500, 1500, 10_000];
  return Math.min(cap, asked ?? (shortest + Math.random() * (longest - shortest)) * (number + 1));
};

function parse(answer: HttpAnswer): unknown {
  try {
    return JSON.parse(answer.text) as unknown;
  } catch {
    return undefined;
  }
}
