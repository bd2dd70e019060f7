import { Resolver } from "node:dns/promises";
import http from "node:http";
import https from "node:https";

import { parseConnectionUrl, withClient } from "../infra/database/connection.ts";

/** What has to hold for one orchestra, taken from the stack's outputs. */
export interface Expectation {
  id: string;
  /** E.g. "https://malmo.stagesub.com". */
  url: string;
  /** Where its CNAME has to point. */
  target: string;
  administrator: { email: string; oneTimePassword: string };
  /** The app's connection string, as the main database holds it. */
  appUrl: string;
  /** The main database. */
  databaseUrl: string;
  /** DNS server as "address:port"; left out: the machine's own. */
  dnsServer?: string;
}

/** One line of the verification table: what was looked at, whether it holds, and what was seen. */
export interface Check {
  name: "DNS" | "login page" | "sign-in" | "templates" | "settings" | "status";
  ok: boolean;
  seen: string;
}

/** Looks at one orchestra from the outside, as a user and as the app would. Never throws: what fails says why. */
export async function verifyOrchestra(expected: Expectation): Promise<Check[]> {
  const resolver = new Resolver({ timeout: 2_000, tries: 2 });
  if (expected.dnsServer !== undefined) resolver.setServers([expected.dnsServer]);
  const host = new URL(expected.url).hostname;
  return [
    await check("DNS", async () => {
      const names = await resolver.resolveCname(host);
      return { ok: names.includes(expected.target), seen: names.join(", ") };
    }),
    await check("login page", async () => {
      const page = await request(resolver, new URL("/", expected.url));
      return { ok: page.status === 200 && page.body.includes('type="password"'), seen: `${page.status}` };
    }),
    await check("sign-in", async () => {
      const { email, oneTimePassword } = expected.administrator;
      const form = new URLSearchParams({ email, password: oneTimePassword }).toString();
      const answer = await request(resolver, new URL("/login", expected.url), form);
      return { ok: answer.status === 200, seen: answer.status === 200 ? email : `${answer.status}` };
    }),
    ...(await checkContents(expected.appUrl)),
    await check("status", async () => {
      const subdomain = host.split(".")[0];
      const status = await withClient(parseConnectionUrl(expected.databaseUrl), async (client) => {
        const found = await client.query<{ status: string }>(
          'select status::text from "Orchestra" where subdomain = $1',
          [subdomain],
        );
        return found.rows[0]?.status ?? "not registered";
      });
      return { ok: status === "Active", seen: status };
    }),
  ];
}

/** Through the app's own role, so that its rights are proved too. */
async function checkContents(appUrl: string): Promise<Check[]> {
  const count = (table: string) => async () => {
    const rows = await withClient(parseConnectionUrl(appUrl), async (client) => {
      const found = await client.query<{ count: number }>(`select count(*)::int as count from "${table}"`);
      return found.rows[0]?.count ?? 0;
    });
    return { ok: rows > 0, seen: `${rows}` };
  };
  return [await check("templates", count("EmailTemplate")), await check("settings", count("SystemSetting"))];
}

async function check(name: Check["name"], look: () => Promise<{ ok: boolean; seen: string }>): Promise<Check> {
  try {
    return { name, ...(await look()) };
  } catch (error) {
    return { name, ok: false, seen: (error as Error).message };
  }
}

/** Follows the orchestra's own name through `resolver`, as a browser would; 10 seconds at most. POSTs when there is a form. */
async function request(resolver: Resolver, url: URL, form?: string): Promise<{ status: number; body: string }> {
  const [address] = await resolver.resolve4(url.hostname);
  if (address === undefined) throw new Error(`${url.hostname} has no address`);
  return new Promise((resolve, reject) => {
    const send = url.protocol === "https:" ? https.request : http.request;
    const headers = { host: url.host, ...(form && { "content-type": "application/x-www-form-urlencoded" }) };
    const options = {
      host: address,
      servername: url.hostname,
      port: url.port,
      path: url.pathname,
      headers,
      timeout: 10_000,
    };
    const sent = send({ ...options, method: form ? "POST" : "GET" }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => (body += chunk));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
      response.on("error", reject);
    });
    sent.on("timeout", () => sent.destroy(new Error(`no answer from ${url.host} within 10 s`)));
    sent.on("error", reject);
    sent.end(form);
  });
}
