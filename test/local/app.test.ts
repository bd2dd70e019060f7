import http from "node:http";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { formatConnectionUrl, withClient, type Connection } from "../../infra/database/connection/connection.ts";
import { ensureRegistration } from "../../infra/database/registry/registration.ts";
import { startApp } from "../../local/cloud/app/startApp.ts";
import { useCloudContext } from "../support/cloudContext.ts";
import { prepareMalmo } from "../support/prepareMalmo.ts";

// The database is made by the real engine. The browser tests prove the pages' looks.
const cloud = useCloudContext();
const administrator = { name: "Åsa <Admin>", email: "asa@example.se", password: "one-time-Password-7" };
const orchestra = `Malmö "Symfoni" & <b>Vänner</b>`;
let port: number;
let databaseUrl: string;
let owner: Connection;

beforeAll(async () => {
  port = (await cloud.start(startApp)).port;
  // Before the first run there is no list of orchestras.
  expect((await get("/")).status).toBe(404);
  const malmo = await prepareMalmo(cloud, { name: orchestra, administrator });
  owner = malmo.migrator;
  const prisma = "pgbouncer=true&connection_limit=1&sslmode=require";
  databaseUrl = formatConnectionUrl(malmo.app, prisma);
});
beforeEach(() => register({}));

async function register(change: { status?: "Active" | "Suspended"; databaseUrl?: string }): Promise<void> {
  await ensureRegistration(cloud.context().settings.mainDatabase, {
    stack: "local",
    orchestra: "malmo",
    name: orchestra,
    subdomain: "malmo",
    databaseUrl,
    status: "Active",
    contactName: "Kontoret",
    contactEmail: "kontoret@example.se",
    setupDate: "2026-11-22",
    ...change,
  });
}

interface Options {
  host?: string;
  form?: Record<string, string>;
}

function get(path: string, { host = `malmo.stagesub.localhost:${port}`, form }: Options = {}) {
  const body = form && new URLSearchParams(form).toString();
  const headers = { host, ...(body && { "content-type": "application/x-www-form-urlencoded" }) };
  return new Promise<{ status: number; body: string; headers: http.IncomingHttpHeaders }>((resolve, reject) => {
    const request = http.request(
      { host: "127.0.0.1", port, path, headers, method: body ? "POST" : "GET", agent: false },
      (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
        response.on("end", () => resolve({ status: response.statusCode!, body: text, headers: response.headers }));
      },
    );
    request.on("error", reject).end(body);
  });
}

const signIn = (email: string, password: string) => get("/login", { form: { email, password } });

describe("an orchestra's page", () => {
  it("shows the login page on its name, with everything escaped", async () => {
    const page = await get("/");
    expect(page.status).toBe(200);
    expect(page.headers["content-type"]).toContain("text/html");
    expect(page.body).toContain('lang="sv"');
    expect(page.body).toContain('type="password"');
    expect(page.body).toContain("Malmö &quot;Symfoni&quot; &amp; &lt;b&gt;Vänner&lt;/b&gt;");
    expect(page.body).not.toContain("<b>");
    expect(page.headers["content-security-policy"]).toContain("default-src 'none'");
    expect((await get("/", { host: "MALMO.stagesub.localhost" })).status).toBe(200);
    expect((await get("/app.css", { host: "anything" })).headers["content-type"]).toContain("text/css");
  });

  it("signs the first administrator in and says that the password must be changed", async () => {
    const page = await signIn("ASA@example.se ", administrator.password);
    expect(page.status).toBe(200);
    expect(page.body).toContain("Du måste byta lösenord");
    expect(page.body).toContain("Åsa &lt;Admin&gt;");
    expect(page.body).toContain("Administratör");
  });

  it("refuses a wrong password and an unknown user alike", async () => {
    const wrong = await signIn(administrator.email, "wrong");
    const unknown = await signIn("nobody@example.se", administrator.password);
    for (const page of [wrong, unknown]) {
      expect(page.status).toBe(401);
      expect(page.body).toContain('role="alert"');
      expect(page.body).toContain('type="password"');
    }
    expect((await get("/login", { form: { email: '"><script>' } })).body).not.toContain("<script>");
  });

  it("lets nobody in who is not active", async () => {
    await withClient(owner, (client) => client.query(`update "User" set "isActive" = false`));
    expect((await signIn(administrator.email, administrator.password)).status).toBe(401);
    await withClient(owner, (client) =>
      client.query(`update "User" set "isActive" = true, "mustChangePassword" = false`),
    );
    const page = await signIn(administrator.email, administrator.password);
    expect(page.status).toBe(200);
    expect(page.body).not.toContain("byta lösenord");
    await withClient(owner, (client) => client.query(`update "User" set "mustChangePassword" = true`));
  });
});

describe("where there is no page", () => {
  it.each([
    "gavle.stagesub.localhost",
    "stagesub.localhost",
    "malmo.example.com",
    "a.malmo.stagesub.localhost",
    "127.0.0.1",
  ])("says that no orchestra is at %s", async (host) => {
    const page = await get("/", { host });
    expect(page.status).toBe(404);
    expect(page.body).toContain("Ingen orkester här");
  });

  it("is closed while the orchestra is not active", async () => {
    await register({ status: "Suspended" });
    for (const page of [await get("/"), await signIn(administrator.email, administrator.password)]) {
      expect(page.status).toBe(503);
      expect(page.body).toContain("inte öppen");
    }
  });

  it.each([
    ["nobody answers", (url: string) => url.replace(/:\d+\//, ":1/")],
    ["the password is wrong", (url: string) => url.replace(/:[^:@]+@/, ":hidden-secret@")],
    ["the URL is none", () => "hidden-secret"],
  ])("answers 503 without details when %s", async (_what, change) => {
    await register({ databaseUrl: change(databaseUrl) });
    const page = await get("/");
    expect(page.status).toBe(503);
    expect(page.body).toContain("Tillfälligt ur funktion");
    expect(page.body).not.toMatch(/hidden-secret|app_malmo|127\.0\.0\.1|password/);
  });

  it("answers 404 to any other path", async () => {
    expect((await get("/nothing")).body).toContain("Sidan finns inte");
  });
});
