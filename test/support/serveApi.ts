import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import { onTestFinished } from "vitest";

export type Answer = (response: ServerResponse, request: IncomingMessage) => void;

/** Starts a real server on loopback, until the test ends, that gives these answers one after the other, and the last one for ever. */
export async function serveApi(...answers: Answer[]) {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    answers[Math.min(requests.length, answers.length) - 1]!(response, request);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { baseUrl, requests, access: { baseUrl, token: "sbp_x" } };
}

export function json(status: number, body: unknown, headers: Record<string, string> = {}): Answer {
  return (response) => response.writeHead(status, headers).end(JSON.stringify(body));
}

export function text(status: number, body: string): Answer {
  return (response) => response.writeHead(status).end(body);
}

/** Breaks the connection without an answer. */
export const drop: Answer = (_response, request) => request.socket.destroy();
