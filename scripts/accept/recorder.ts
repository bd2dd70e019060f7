import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

import { addShape, describePath, scrub, type Shape } from "./shape.ts";

/** The shape of one status of one request, over all answers with it. */
export interface Answer {
  headers: string[];
  body: Shape;
  /** The wording of errors, with the API's own codes. */
  errors: string[];
}

/** "supabase GET /v1/projects/{ref}" → what was sent, and status → what came back. */
export type Recording = Record<string, { request: Shape; answers: Record<string, Answer> }>;

/** The recording that is written, and the values that are left out. */
export interface Notes {
  recording: Recording;
  /** Secrets and other words of these accounts that may stand in an error's text. */
  own: readonly string[];
  /** The names whose elements are noted in lists: the other contents of the accounts differ everywhere. */
  names: readonly string[];
}

/** Headers that a client goes by, beside the body. */
const headersOfInterest = /^(content-type|location|retry-after|ratelimit.*|x-ratelimit-.*)$/;

/** Of one connection, not of the message; and lengths and encodings, which `fetch` has undone. */
const ownToConnection =
  /^(connection|keep-alive|host|transfer-encoding|content-length|content-encoding|accept-encoding|expect)$/;

/**
 * Stands on loopback in front of an API, passes everything on over verified TLS, and notes the shape of each request and answer: never a
 * value that belongs to an account. It holds no credential; whoever calls brings its own.
 *
 * @returns the address that stands in place of the API's
 */
export async function startRecorder(
  service: string,
  upstream: string,
  { recording, own, names }: Notes,
): Promise<{ baseUrl: string; close: () => Promise<void> }> {
  const { origin, pathname } = new URL(upstream);
  const prefix = pathname.replace(/\/$/, "");
  const server = createServer((request, response) => void pass(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "GET", url = "/" } = request;
    const sent = await buffer(request);
    const name = `${service} ${method} ${describePath(url.slice(prefix.length))}`;
    const entry = (recording[name] ??= { request: {}, answers: {} });
    if (sent.length > 0) addShape(entry.request, parse(sent) ?? "no JSON");
    try {
      const answer = await fetch(origin + url, {
        method,
        headers: Object.entries(request.headers).flatMap(([key, value]): [string, string][] =>
          value === undefined || ownToConnection.test(key) ? [] : [[key, String(value)]],
        ),
        ...(sent.length > 0 && { body: new Uint8Array(sent) }),
        redirect: "manual",
      });
      const got = Buffer.from(await answer.arrayBuffer());
      note(answer, got, entry.answers, { own, names: isList(name) ? names : undefined });
      response.writeHead(answer.status, [...answer.headers].filter(([key]) => !ownToConnection.test(key)).flat());
      response.end(got);
    } catch (error) {
      // The client sees a broken connection, as it would without the recorder.
      const { cause, message } = error as Error & { cause?: { code?: string } };
      entry.answers["no answer"] ??= { headers: [], body: {}, errors: [scrub(cause?.code ?? message, own)] };
      response.destroy();
    }
  }
  const close = async () => {
    server.close();
    server.closeAllConnections();
    await once(server, "close");
  };
  return { baseUrl: `http://127.0.0.1:${port}${prefix}`, close };
}

function isList(name: string): boolean {
  return /GET .*\/(projects|dns_records)(\?|$)/.test(name);
}

function note(
  { status, headers }: Response,
  got: Buffer,
  answers: Record<string, Answer>,
  { own, names }: Pick<Notes, "own"> & { names: readonly string[] | undefined },
): void {
  const answer = (answers[status] ??= { headers: [], body: {}, errors: [] });
  for (const [key, value] of headers) {
    if (!headersOfInterest.test(key)) continue;
    const header = key === "content-type" ? `${key}: ${value.split(";")[0]}` : key;
    if (!answer.headers.includes(header)) answer.headers.push(header);
  }
  const body = parse(got, names);
  if (body !== undefined) addShape(answer.body, body);
  if (status < 400) return;
  for (const error of readErrors(body)) {
    const text = scrub(error, own);
    if (!answer.errors.includes(text)) answer.errors.push(text);
  }
}

/** Supabase answers `{ message }`, Cloudflare `{ errors: [{ code, message }] }`; a gateway in front of them anything. */
function readErrors(body: unknown): string[] {
  const { message, errors } = (body ?? {}) as { message?: unknown; errors?: { code?: unknown; message?: unknown }[] };
  if (Array.isArray(errors)) return errors.map((error) => `${String(error.code)}: ${String(error.message)}`);
  return [typeof message === "string" ? message : "no message"];
}

function parse(bytes: Buffer, names?: readonly string[]): unknown {
  const isOther = (value: unknown) =>
    typeof value === "object" && value !== null && "name" in value && !names?.includes(value.name as string);
  const keepOwn = (_key: string, value: unknown) =>
    names && Array.isArray(value) ? value.filter((element) => !isOther(element)) : value;
  try {
    return JSON.parse(bytes.toString("utf8"), keepOwn) as unknown;
  } catch {
    return undefined;
  }
}
