import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { CloudContext, StartService } from "../context.ts";
import { isBearer } from "../http/bearer.ts";
import { listen } from "../http/listen.ts";
import { logRequests } from "../http/logRequests.ts";
import { createRateLimit } from "../http/rateLimit.ts";
import { answer, answerError, CloudflareError } from "./envelope.ts";
import { addRecordRoutes } from "./recordRoutes.ts";
import { prepareRecordTables } from "./recordStore.ts";
import { addZoneRoutes } from "./zoneRoutes.ts";

/**
 * Starts Cloudflare's API (`https://api.cloudflare.com/client/v4`) for one zone and its DNS records, as the Terraform provider 5 (Pulumi's
 * 6) uses it. Codes and wording are those that users of the real API report. It does not imitate batches, imports and exports, filtered lists,
 * other record types than A, AAAA, CNAME and TXT, tags by name.
 */
export const startCloudflareApi: StartService = async (context) => {
  await prepareRecordTables(context.store);
  return listen("cloudflare", context.settings.ports.cloudflare, createApp(context));
};

function createApp(context: CloudContext): Hono {
  const app = new Hono();
  const token = context.settings.tokens.cloudflare;
  // Over the limit, everything is refused until the five minutes are over.
  const rateLimit = createRateLimit(1200, 300_000);

  app.use(logRequests("cloudflare", (line) => context.log(line)));
  app.use(context.faults.intercept("cloudflare"));
  app.use(bodyLimit({ maxSize: 1_000_000 }));
  app.use(async (c, next) => {
    const authorization = c.req.header("authorization");
    if (!authorization) throw refusals.missingToken;
    if (!isBearer(authorization, token)) throw c.req.path === verifyPath ? refusals.invalidToken : refusals.wrongToken;
    const rate = rateLimit.take("token");
    c.header("Ratelimit-Policy", `"default";q=${rate.limit};w=300`);
    c.header("Ratelimit", `"default";r=${rate.remaining};t=${rate.resetSeconds}`);
    if (!rate.allowed) {
      c.header("Retry-After", String(rate.resetSeconds));
      throw refusals.tooManyRequests;
    }
    await next();
  });

  app.get(verifyPath, (c) => answer(c, { id: "ed17574386854bf78a67040be0a770b0", status: "active" }));
  addZoneRoutes(app);
  addRecordRoutes(app, context.store);

  app.notFound((c) => answerError(c, new CloudflareError(400, { code: 7000, message: "No route for that URI" })));
  app.onError((error, c) => {
    if (error instanceof CloudflareError) return answerError(c, error);
    context.log(`cloudflare: ${c.req.method} ${c.req.path} failed: ${error.message}`);
    return answerError(c, new CloudflareError(500, { code: 1000, message: "Internal server error" }));
  });
  return app;
}

const verifyPath = "/client/v4/user/tokens/verify";

const refusals = {
  missingToken: new CloudflareError(400, {
    code: 9106,
    message: "Missing X-Auth-Key, X-Auth-Email or Authorization headers",
  }),
  invalidToken: new CloudflareError(401, { code: 1000, message: "Invalid API Token" }),
  wrongToken: new CloudflareError(403, { code: 10000, message: "Authentication error" }),
  tooManyRequests: new CloudflareError(429, {
    code: 971,
    message: "Please wait and consider throttling your request speed",
  }),
};
