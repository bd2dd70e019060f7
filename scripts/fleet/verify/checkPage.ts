import http from "node:http";
import https from "node:https";

import pLimit from "p-limit";

import { type CheckResult, failed, passed } from "./checkResult.ts";
import type { VerifyTarget } from "./checkName.ts";

/** Checks that the orchestra's own name, at `address`, shows a login page, or none if it is suspended. */
export async function checkPage(
  { url, host }: Pick<VerifyTarget, "url" | "host">,
  address: string,
  suspended = false,
): Promise<CheckResult> {
  const expected = `Expected ${suspended ? "no login page, as it is suspended," : "a login page"} at ${url}`;
  const page = await request(address, new URL("/", url)).catch((error: Error) => error);
  if (page instanceof Error)
    return failed(
      "no answer",
      `${expected}; ${address} did not give any (${page.message}). Look at the app's hosting.`,
    );
  const { status, body } = page;
  if (suspended) {
    if (status === 503) return passed("suspended");
    return failed(`${status}`, `${expected}, got ${status}. Look at the row's status in the main database.`);
  }
  if (status === 200 && body.includes('type="password"')) return passed("login page");
  if (status === 404)
    return failed(
      "404",
      `${expected}, got 404: the app does not know ${host}. It looks the subdomain up in the main database: see status; ` +
        "or its hosting does not know the domain: add it there, or its wildcard.",
    );
  if (status === 503)
    return failed(
      "503",
      `${expected}, got 503: the app does not reach the orchestra's database, or the orchestra is not Active. ` +
        "See ledger, rights and status; where they hold, look at the app's log.",
    );
  const got = status === 200 ? "a page without a password field" : `${status}`;
  return failed(got, `${expected}, got ${got}. Look at the app's log.`);
}

/** An app works half a second on a password's hash: many at once would wait for each other beyond the time of an answer. */
const signIns = pLimit(2);

/** Checks that the first administrator's one-time password works. Sends it only if a login page was seen. */
export async function checkSignIn(target: VerifyTarget, address: string, email: string): Promise<CheckResult> {
  const password = target.oneTimePassword ?? "";
  const form = new URLSearchParams({ email, password }).toString();
  const answer = await signIns(() => request(address, new URL("/login", target.url), form)).catch(
    (error: Error) => error,
  );
  if (!(answer instanceof Error) && answer.status === 200) return passed("one-time password");
  const got = answer instanceof Error ? answer.message : `${answer.status}`;
  return failed(
    answer instanceof Error ? "no answer" : "refused",
    `Expected ${email} to sign in at ${target.url} with the one-time password, which the database says was never changed; ` +
      `got ${got}. Reset it in the app, or look at the app's log.`,
  );
}

interface Answer {
  status: number;
  body: string;
}

/** Asks `address` for a URL, as a browser that found it under the URL's name; follows redirects that stay there. */
async function request(address: string, url: URL, form?: string, redirects = 5): Promise<Answer> {
  const { location, ...answer } = await send(address, url, form);
  if (location === undefined || redirects === 0) return answer;
  const next = new URL(location, url);
  return next.host === url.host ? request(address, next, undefined, redirects - 1) : answer;
}

function send(address: string, url: URL, form?: string): Promise<Answer & { location?: string }> {
  return new Promise((resolve, reject) => {
    const options: https.RequestOptions = {
      host: address,
      servername: url.hostname,
      port: url.port,
      path: url.pathname + url.search,
      method: form === undefined ? "GET" : "POST",
      headers: {
        host: url.host,
        ...(form !== undefined && { "content-type": "application/x-www-form-urlencoded" }),
      },
      agent: false,
    };
    const sent = (url.protocol === "https:" ? https : http).request(options, (response) => {
      let body = "";
      const { location } = response.headers;
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => (body += chunk));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body, ...(location && { location }) }));
      response.on("error", reject);
    });
    // In all, so that a server that dribbles does not hold up the rest.
    const limit = setTimeout(() => sent.destroy(new Error("no answer within 10 s")), 10_000);
    sent.on("close", () => clearTimeout(limit));
    sent.on("error", reject);
    sent.end(form);
  });
}
