import type { Context, Hono } from "hono";
import type pg from "pg";
import { z } from "zod";
import { answer, CloudflareError, noRoute, paginate } from "./envelope.ts";
import { findConflict } from "./findConflict.ts";
import { isProxiable, parseRecord } from "./parseRecord.ts";
import { openRecordStore, withRecordLock, type DnsRecord, type RecordStore } from "./recordStore.ts";

const base = "/client/v4/zones/:zone/dns_records";

/** Adds the routes of the zone's DNS records. */
export function addRecordRoutes(app: Hono, pool: pg.Pool): void {
  const records = openRecordStore(pool);

  app.get(base, async (c) => {
    const query = listQuery.safeParse(c.req.query());
    if (!query.success)
      throw new CloudflareError(400, {
        code: 9207,
        message: "The local cloud lists by page and per_page, nothing else.",
      });
    const { items, info } = paginate(await records.list(), query.data.page, query.data.per_page);
    return answer(c, items.map(formatRecord), info);
  });

  app.post(base, async (c) => {
    const values = parseRecord(await readJson(c));
    const record = await withRecordLock(pool, async (locked) => {
      const conflict = findConflict(values, await locked.list());
      if (conflict) throw conflict;
      return locked.insert(values);
    });
    return answer(c, formatRecord(record));
  });

  app.get(`${base}/:id`, async (c) => answer(c, formatRecord(await findRecord(records, c))));

  /** A PUT replaces everything, a PATCH only the fields that it names. */
  app.on(["PUT", "PATCH"], `${base}/:id`, async (c) => {
    const body = await readJson(c);
    const record = await withRecordLock(pool, async (locked) => {
      const old = await findRecord(locked, c);
      const values = parseRecord(c.req.method === "PATCH" ? { ...toBody(old), ...body } : body);
      const others = (await locked.list()).filter((other) => other.id !== old.id);
      const conflict = findConflict(values, others);
      if (conflict) throw conflict;
      return locked.replace(old.id, values);
    });
    return answer(c, formatRecord(record));
  });

  app.delete(`${base}/:id`, async (c) => {
    const { id } = await findRecord(records, c);
    await records.remove(id);
    return answer(c, { id });
  });
}

/** Filters and orders are refused: a list that silently ignored them would show other records than the real one. */
const listQuery = z.strictObject({
  page: z.coerce.number().int().min(1).default(1),
  per_page: z.coerce.number().int().min(1).max(5_000_000).default(100),
});

async function readJson(c: Context): Promise<Record<string, unknown>> {
  const body: unknown = await c.req.json().catch(() => undefined);
  if (body && typeof body === "object" && !Array.isArray(body)) return body as Record<string, unknown>;
  throw new CloudflareError(400, { code: 9207, message: "Request body is invalid." });
}

async function findRecord(records: RecordStore, c: Context): Promise<DnsRecord> {
  const id = c.req.param("id") ?? "";
  if (!/^[0-9a-f]{32}$/.test(id)) throw noRoute(c.req.path);
  const record = await records.find(id);
  if (!record) throw new CloudflareError(404, { code: 81044, message: "Record does not exist." });
  return record;
}

/** Returns the record in the API's shape: absent values are left out, as in the real answers. */
function formatRecord({ comment_modified_on, tags_modified_on, ...record }: DnsRecord) {
  return {
    ...record,
    proxiable: isProxiable(record),
    meta: {},
    ...(comment_modified_on && { comment_modified_on }),
    ...(tags_modified_on && { tags_modified_on }),
  };
}

function toBody(record: DnsRecord): Record<string, unknown> {
  const { name, type, content, proxied, ttl, comment, tags, settings } = record;
  return { name, type, content, proxied, ttl, comment, tags, settings };
}
