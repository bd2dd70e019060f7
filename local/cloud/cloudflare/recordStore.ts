import { randomBytes } from "node:crypto";
import type pg from "pg";

export const recordTypes = ["A", "AAAA", "CNAME", "TXT"] as const;
export type RecordType = (typeof recordTypes)[number];

/** The part of a record that a person decides, checked and in Cloudflare's normal form. */
export interface RecordValues {
  /** The full name in lower case and Punycode, without a final dot. */
  name: string;
  type: RecordType;
  content: string;
  proxied: boolean;
  /** Seconds; 1 is automatic (300). */
  ttl: number;
  comment: string | null;
  tags: string[];
  settings: Record<string, unknown>;
}

export interface DnsRecord extends RecordValues {
  /** 32 hexadecimal digits. */
  id: string;
  created_on: Date;
  modified_on: Date;
  comment_modified_on: Date | null;
  tags_modified_on: Date | null;
}

export interface RecordStore {
  list(): Promise<DnsRecord[]>;
  find(id: string): Promise<DnsRecord | undefined>;
  insert(values: RecordValues): Promise<DnsRecord>;
  /** `created_on` stays; the comment's and the tags' own times move only with them. */
  replace(id: string, values: RecordValues): Promise<DnsRecord>;
  remove(id: string): Promise<void>;
}

/** Makes the tables. Records live in `cloudflare.record`, from which the DNS server also reads them. */
export async function prepareRecordTables(pool: pg.Pool): Promise<void> {
  await pool.query(tables);
}

/** Opens a store over one connection or a pool. */
export function openRecordStore(client: Pick<pg.Pool, "query">): RecordStore {
  const write = async (sql: string, id: string, record: RecordValues) => {
    const { name, type, content, proxied, ttl, comment, tags, settings } = record;
    const values = [id, name, type, content, proxied, ttl, comment, tags, JSON.stringify(settings)];
    return (await client.query<DnsRecord>(`${sql} returning *`, values)).rows[0]!;
  };
  return {
    list: async () => (await client.query<DnsRecord>("select * from cloudflare.record order by name, type, id")).rows,
    find: async (id) => (await client.query<DnsRecord>("select * from cloudflare.record where id = $1", [id])).rows[0],
    insert: (values) => write(insert, randomBytes(16).toString("hex"), values),
    replace: (id, values) => write(replace, id, values),
    async remove(id) {
      await client.query("delete from cloudflare.record where id = $1", [id]);
    },
  };
}

/** Lets one change of records at a time look for conflicts and write; others wait. */
export async function withRecordLock<T>(pool: pg.Pool, work: (records: RecordStore) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query("begin");
    await client.query("lock table cloudflare.record in share row exclusive mode");
    const result = await work(openRecordStore(client));
    await client.query("commit");
    return result;
  } catch (error) {
    await client.query("rollback");
    throw error;
  } finally {
    client.release();
  }
}

const tables = `
  create schema if not exists cloudflare;
  create table if not exists cloudflare.record (
    id text primary key,
    name text not null,
    type text not null,
    content text not null,
    proxied boolean not null,
    ttl integer not null,
    comment text,
    tags text[] not null,
    settings jsonb not null,
    created_on timestamptz not null default now(),
    modified_on timestamptz not null default now(),
    comment_modified_on timestamptz,
    tags_modified_on timestamptz
  )`;

const insert = `
  insert into cloudflare.record
    (id, name, type, content, proxied, ttl, comment, tags, settings, comment_modified_on, tags_modified_on)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9,
    case when $7::text is not null then now() end,
    case when cardinality($8::text[]) > 0 then now() end)`;

const replace = `
  update cloudflare.record set
    name = $2, type = $3, content = $4, proxied = $5, ttl = $6, comment = $7, tags = $8, settings = $9,
    modified_on = now(),
    comment_modified_on = case
      when $7::text is null then null when comment = $7 then comment_modified_on else now() end,
    tags_modified_on = case
      when cardinality($8::text[]) = 0 then null when tags = $8 then tags_modified_on else now() end
  where id = $1`;
