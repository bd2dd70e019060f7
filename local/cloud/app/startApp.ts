import { Hono, type Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import { secureHeaders } from "hono/secure-headers";
import type pg from "pg";
import { parseConnectionUrl, withClient } from "../../../infra/database/connection/connection.ts";
import type { CloudContext, StartService } from "../context.ts";
import { listen } from "../http/listen.ts";
import { logRequests } from "../http/logRequests.ts";
import { type MainDatabases, openMainDatabases, type Orchestra } from "./findOrchestra.ts";
import { logIn } from "./logIn.ts";
import { loginPage, noticePage, signedInPage } from "./pages.ts";
import { stylesheet } from "./stylesheet.ts";

/**
 * Stands in for StageSub's Next.js app: finds the orchestra by its name in the main database, connects with the stored URL, shows the login
 * page and logs in. The app keeps no session.
 */
export const startApp: StartService = async (context) => {
  const main = openMainDatabases(context.settings);
  const service = await listen("app", context.settings.ports.app, createApp(context, main));
  return {
    ...service,
    async close() {
      await service.close();
      await main.close();
    },
  };
};

interface Env {
  Variables: { orchestra: Orchestra };
}

function createApp(context: CloudContext, main: MainDatabases): Hono<Env> {
  const app = new Hono<Env>();
  app.use(logRequests("app", (line) => context.log(line)));
  app.use(context.faults.intercept("app"));
  app.use(secureHeaders({ contentSecurityPolicy, strictTransportSecurity: false, referrerPolicy: "same-origin" }));
  app.use(bodyLimit({ maxSize: 10_000 }));
  app.get("/app.css", (c) => c.body(stylesheet, 200, { "Content-Type": "text/css; charset=utf-8" }));

  app.use(async (c, next) => {
    c.header("Cache-Control", "no-store");
    const orchestra = await main.find(c.req.header("host") ?? "");
    if (!orchestra) return notice(c, "unknown");
    if (orchestra.status !== "Active") return notice(c, "closed", orchestra);
    c.set("orchestra", orchestra);
    return next();
  });

  app.get("/", async (c) => {
    const orchestra = c.get("orchestra");
    await withOrchestra(orchestra, (client) => client.query('select from public."SystemSetting" limit 1'));
    return c.html(loginPage({ orchestra: orchestra.name }));
  });

  app.post("/login", async (c) => {
    const orchestra = c.get("orchestra");
    const form = await c.req.parseBody();
    const text = (key: string) => (typeof form[key] === "string" ? form[key] : "");
    const user = await withOrchestra(orchestra, (client) => logIn(client, text("email"), text("password")));
    return user
      ? c.html(signedInPage({ orchestra: orchestra.name, user }))
      : c.html(loginPage({ orchestra: orchestra.name, failedEmail: text("email") }), 401);
  });
  app.get("/login", (c) => c.redirect("/"));

  app.notFound((c) => notice(c, "missing"));
  app.onError((error, c) => {
    // The log gets the reason, which never holds a password; the visitor gets none.
    context.log(`app: ${c.req.method} ${c.req.header("host")}${c.req.path}: ${error.message}`);
    return notice(c, "unreachable");
  });
  return app;
}

const contentSecurityPolicy = {
  defaultSrc: ["'none'"],
  styleSrc: ["'self'"],
  formAction: ["'self'"],
  baseUri: ["'none'"],
  frameAncestors: ["'none'"],
};

/** Lends a connection as the orchestra's own app role. It gives up sooner than a migration, since a visitor waits. */
async function withOrchestra<T>(orchestra: Orchestra, work: (client: pg.Client) => Promise<T>): Promise<T> {
  // On a busy machine a handshake that waits for five sign-ins takes seconds.
  const limits = { connectMs: 500, attemptMs: 8_000, statementMs: 5_000 };
  return withClient(parseConnectionUrl(orchestra.databaseUrl), work, limits);
}

const statuses = { unknown: 404, missing: 404, closed: 503, unreachable: 503 } as const;

function notice(c: Context, kind: keyof typeof statuses, orchestra?: Orchestra) {
  if (statuses[kind] === 503) c.header("Retry-After", "30");
  return c.html(noticePage(kind, orchestra?.name), statuses[kind]);
}
