import type { Hono } from "hono";
import { answer, CloudflareError, noRoute, paginate } from "./envelope.ts";
import { zone } from "./zone.ts";

/** Adds the routes of the zone itself, and the guard in front of everything below it. */
export function addZoneRoutes(app: Hono): void {
  app.get("/client/v4/zones", (c) => {
    const wanted = c.req.query("name")?.toLowerCase();
    const { items, info } = paginate(wanted === undefined || wanted === zone.name ? [formatZone()] : [], 1, 20);
    return answer(c, items, info);
  });

  app.use("/client/v4/zones/:zone/*", async (c, next) => {
    const id = c.req.param("zone");
    if (!/^[0-9a-f]{32}$/.test(id)) throw noRoute(c.req.path);
    // Somebody else's zone and a zone that does not exist look the same to a token.
    if (id !== zone.id) throw new CloudflareError(403, { code: 10000, message: "Authentication error" });
    await next();
  });

  app.get("/client/v4/zones/:zone", (c) => answer(c, formatZone()));
}

function formatZone() {
  const since = "2024-01-01T00:00:00.000000Z";
  return {
    id: zone.id,
    name: zone.name,
    status: "active",
    paused: false,
    type: "full",
    development_mode: 0,
    name_servers: zone.nameServers,
    original_name_servers: null,
    original_registrar: null,
    original_dnshost: null,
    created_on: since,
    modified_on: since,
    activated_on: since,
    meta: { step: 2, custom_certificate_quota: 0, page_rule_quota: 3, phishing_detected: false },
    owner: { id: null, type: "user", email: null },
    account: zone.account,
    tenant: { id: null, name: null },
    tenant_unit: { id: null },
    permissions: ["#dns_records:edit", "#dns_records:read", "#zone:read"],
    plan: { id: "0feeeeeeeeeeeeeeeeeeeeeeeeeeeeee", name: "Free Website", price: 0, currency: "USD", frequency: "" },
  };
}
