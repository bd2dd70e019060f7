import { randomBytes, randomInt } from "node:crypto";
import type pg from "pg";
import type { Region } from "./catalogue.ts";
import { whileServerReturns } from "./whileServerReturns.ts";

/** The statuses that projects take here, of the real API's fifteen. */
export type ProjectStatus = "COMING_UP" | "ACTIVE_HEALTHY" | "PAUSING" | "INACTIVE" | "RESTORING" | "GOING_DOWN";

export interface Project {
  /** The real API's internal number, which some answers carry. */
  number: number;
  ref: string;
  organization: string;
  name: string;
  region: Region;
  status: ProjectStatus;
  createdAt: Date;
  /** The variant of the compute size, such as `ci_micro`; null for a size that comes with the plan. */
  addon: string | null;
  legacyKeys: boolean;
  /** Signs the project's legacy API keys. */
  jwtSecret: string;
  /** The values set in each service's configuration; missing ones have their defaults. */
  config: Partial<Record<ConfigSection, Record<string, unknown>>>;
}

export type ConfigSection = "api" | "network" | "ssl";

export interface ProjectStore {
  /** @param unlistedMs the time in which `list` leaves it out */
  create(project: Pick<Project, "organization" | "name" | "region" | "addon">, unlistedMs?: number): Promise<Project>;
  /** Sets a status; `then` follows by itself: at once (`afterMs` 0) or later. Kept as a time, so a restart in between changes nothing. */
  setStatus(ref: string, status: ProjectStatus, then?: { status: ProjectStatus; afterMs: number }): Promise<void>;
  find(ref: string): Promise<Project | undefined>;
  /** Lists the projects in the order of their creation, as the API's lists show them. */
  list(): Promise<Project[]>;
  /** Lists the projects whose creation or deletion was cut off. */
  listInterrupted(): Promise<Project[]>;
  update(ref: string, change: { name?: string; addon?: string; legacyKeys?: boolean }): Promise<void>;
  setConfig(ref: string, section: ConfigSection, values: Record<string, unknown>): Promise<void>;
  remove(ref: string): Promise<void>;
  /** Applies every status whose time has come. */
  settle(): Promise<void>;
}

/** Opens the store. Projects live in `supabase.project`, where the router reads `ref` and `status`. No password is kept. */
export async function openProjectStore(pool: pg.Pool): Promise<ProjectStore> {
  await pool.query(tables);
  const settle = async () => {
    await pool.query(
      `update supabase.project set status = next_status, next_status = null, next_at = null where next_at <= now()`,
    );
  };
  const select = async (where: string, values: unknown[] = []) => {
    await settle();
    return (await pool.query<Project>(`${columns} where ${where} order by number`, values)).rows;
  };

  const remove = async (ref: string) => {
    await pool.query(`delete from supabase.project where ref = $1`, [ref]);
  };

  return {
    settle,
    async create({ organization, name, region, addon }, unlistedMs = 0) {
      const ref = createRef();
      try {
        await pool.query(
          `insert into supabase.project (ref, organization, name, region, addon, jwt_secret, listed_at, status)
           values ($1, $2, $3, $4, $5, $6, now() + make_interval(secs => $7::double precision / 1000), 'COMING_UP')`,
          [ref, organization, name, region, addon, randomBytes(32).toString("base64url"), unlistedMs],
        );
        return (await select("ref = $1", [ref]))[0]!;
      } catch (error) {
        // The caller hears of no project, so none may be left that never comes up.
        await whileServerReturns(() => remove(ref));
        throw error;
      }
    },
    async setStatus(ref, status, then) {
      await pool.query(
        `update supabase.project
         set status = $2, next_status = $3, next_at = now() + make_interval(secs => $4::double precision / 1000)
         where ref = $1`,
        [ref, status, then?.status ?? null, then?.afterMs ?? null],
      );
      await settle();
    },
    find: async (ref) => (await select("ref = $1", [ref]))[0],
    list: async () => select("listed_at <= now()"),
    listInterrupted: async () => select("status = 'GOING_DOWN' or status = 'COMING_UP' and next_at is null"),
    async update(ref, { name, addon, legacyKeys }) {
      await pool.query(
        `update supabase.project
         set name = coalesce($2, name), addon = coalesce($3, addon), legacy_keys = coalesce($4, legacy_keys)
         where ref = $1`,
        [ref, name ?? null, addon ?? null, legacyKeys ?? null],
      );
    },
    async setConfig(ref, section, values) {
      await pool.query(
        `update supabase.project set config = jsonb_set(config, array[$2::text], $3::jsonb) where ref = $1`,
        [ref, section, JSON.stringify(values)],
      );
    },
    remove,
  };
}

const tables = `
  create schema if not exists supabase;
  create table if not exists supabase.project (
    number integer generated always as identity primary key,
    ref text not null unique,
    organization text not null,
    name text not null,
    region text not null,
    status text not null,
    next_status text,
    next_at timestamptz,
    created_at timestamptz not null default now(),
    addon text,
    legacy_keys boolean not null default true,
    jwt_secret text not null,
    listed_at timestamptz not null,
    config jsonb not null default '{}'
  )`;

const columns = `
  select number, ref, organization, name, region, status, created_at as "createdAt", addon, legacy_keys as "legacyKeys",
         jwt_secret as "jwtSecret", config
  from supabase.project`;

/** Creates a ref of twenty lower-case letters, like Supabase's. */
function createRef(): string {
  return Array.from({ length: 20 }, () => String.fromCharCode(97 + randomInt(26))).join("");
}
