import type { Connection } from "../../infra/database/connection.ts";

/** Every port listens on 127.0.0.1 only. */
export interface Ports {
  /** Supabase Management API. */
  supabase: number;
  /** Cloudflare API. */
  cloudflare: number;
  /** The router's listener that stands for the transaction pooler (Supabase's 6543). */
  transaction: number;
  /** The router's listener that stands for the session pooler (Supabase's 5432). */
  session: number;
  /** DNS, over UDP and TCP. */
  dns: number;
  /** The stand-in for the app. */
  app: number;
  /** The PostgreSQL cluster itself. */
  postgres: number;
  /** Health, stop and the fault switch. */
  control: number;
}

export interface CloudSettings {
  /** The state directory, absolute. */
  dir: string;
  ports: Ports;
  tokens: { supabase: string; cloudflare: string; control: string };
  /** The main database, straight to PostgreSQL: database `stagesub`, owned by the role `stagesub`. */
  mainDatabase: Connection;
  /** How long a new project stays COMING_UP, in milliseconds. Default 1500. */
  projectWaitMs: number;
  /** Secrets of the cluster's own roles: its superuser and the owner of the services' store. */
  cluster: { id: string; superuserPassword: string; storePassword: string };
}
