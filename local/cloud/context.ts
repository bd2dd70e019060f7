import type pg from "pg";
import type { Faults } from "./faults.ts";
import type { CloudSettings } from "./settings.ts";

/** The one PostgreSQL 17 cluster under the local cloud; every project is a database with an owner role in it. */
export interface Cluster {
  /** Its port on 127.0.0.1. */
  readonly port: number;
  /** The file that the server logs into. */
  readonly logFile: string;
  /** Lends a connection to `database` as the superuser and closes it afterwards. */
  withDatabase<T>(database: string, work: (client: pg.Client) => Promise<T>): Promise<T>;
  /**
   * Makes database `<ref>`, owned by the role `postgres_<ref>` (LOGIN, CREATEROLE, not superuser), with Supabase's roles and default grants
   * in `public`. Called again after an interruption, completes what is missing.
   */
  createProject(ref: string, password: string): Promise<void>;
  setProjectPassword(ref: string, password: string): Promise<void>;
  /** Drops the database, its owner and every role that the owner made. Does nothing if there is no such project. */
  dropProject(ref: string): Promise<void>;
}

/** The arguments of every service of the local cloud. */
export interface CloudContext {
  settings: CloudSettings;
  cluster: Cluster;
  /**
   * Database `local_cloud` of the same cluster: services keep all their state in its tables, each in a schema of its own (`supabase`,
   * `cloudflare`), made on start if missing, so that kill -9 loses nothing.
   */
  store: pg.Pool;
  faults: Faults;
  /** Writes one line into the cloud's log. Never a token, password or connection string. */
  log(line: string): void;
}

export interface Service {
  name: string;
  port: number;
  /** Stops listening and drops open connections. */
  close(): Promise<void>;
}

/** Resolves once the service answers on its port. */
export type StartService = (context: CloudContext) => Promise<Service>;
