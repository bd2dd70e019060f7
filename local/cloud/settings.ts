import { randomBytes } from "node:crypto";
import { chmod, mkdir, readFile, realpath, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import type { Connection } from "../../infra/database/connection/connection.ts";
import { UserError } from "../../infra/errors.ts";

/** Every port listens on 127.0.0.1 only. */
export interface Ports {
  /** Supabase Management API. */
  supabase: number;
  /** Cloudflare API. */
  cloudflare: number;
  /** The router's listener that stands for the transaction pooler (Supabase's 6543). */
  transaction: number;
  /**
   * The router's listener that stands for the session pooler (Supabase's 5432). The API names only the transaction pooler: the program
   * takes the next port.
   */
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
  /** The time that a new project stays COMING_UP, in milliseconds. Default 1500. */
  projectWaitMs: number;
  /** The id of the PostgreSQL cluster, and the passwords of its superuser and of the owner of the services' store. */
  cluster: { id: string; superuserPassword: string; storePassword: string };
}

/** The settings that a person may set; one that is left out keeps its value, or gets its default on the first start. */
export interface SettingsChange {
  /** The first of eight consecutive ports, in the order of `portNames`. Default 24720. */
  portBase?: number;
  projectWaitMs?: number;
}

export const portNames = [
  "supabase",
  "cloudflare",
  "transaction",
  "session",
  "dns",
  "app",
  "postgres",
  "control",
] as const satisfies (keyof Ports)[];

/** Below 32768, the first port that Linux lends to outgoing connections. */
export const defaultPortBase = 24720;

const settingsFile = z.strictObject({
  portBase: z.int(),
  tokens: z.strictObject({ supabase: z.string(), cloudflare: z.string(), control: z.string() }),
  mainPassword: z.string(),
  projectWaitMs: z.int().min(0),
  cluster: z.strictObject({ id: z.string(), superuserPassword: z.string(), storePassword: z.string() }),
});

type SettingsFile = z.infer<typeof settingsFile>;

/** Reads the settings in a state directory; `undefined` if no cloud was ever started. */
export async function readSettings(dir: string): Promise<CloudSettings | undefined> {
  const stored = await readFileIn(dir);
  return stored && toSettings(await realpath(dir), stored);
}

/**
 * Makes the settings of a state directory, with random tokens and passwords, or changes them as asked. The file holds
 * secrets: only its owner may read it.
 */
export async function ensureSettings(dir: string, change: SettingsChange): Promise<CloudSettings> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const stored = await readFileIn(dir);
  const wanted = { ...(stored ?? makeSettings()), ...change };
  const last = 65_536 - portNames.length;
  if (wanted.portBase < 1 || wanted.portBase > last)
    throw new UserError(
      "local-cloud-failed",
      `Expected the first of ${portNames.length} ports, a number from 1 to ${last}, got ${wanted.portBase}.`,
    );
  if (JSON.stringify(wanted) !== JSON.stringify(stored)) await writeFileIn(dir, wanted);
  return toSettings(await realpath(dir), wanted);
}

/** Tells whether settings are already as a change would make them. */
export function fitsSettings({ ports, projectWaitMs }: CloudSettings, change: SettingsChange): boolean {
  const portBase = ports[portNames[0]];
  return portBase === (change.portBase ?? portBase) && projectWaitMs === (change.projectWaitMs ?? projectWaitMs);
}

function makeSettings(): SettingsFile {
  return {
    portBase: defaultPortBase,
    // The official providers check the form of both tokens.
    tokens: { supabase: `sbp_${randomHex(20)}`, cloudflare: randomHex(20), control: randomHex(20) },
    mainPassword: randomHex(16),
    projectWaitMs: 1500,
    cluster: { id: randomHex(8), superuserPassword: randomHex(16), storePassword: randomHex(16) },
  };
}

function countPorts(base: number): Ports {
  return Object.fromEntries(portNames.map((name, index) => [name, base + index])) as unknown as Ports;
}

function toSettings(dir: string, { mainPassword, portBase, ...stored }: SettingsFile): CloudSettings {
  const ports = countPorts(portBase);
  const mainDatabase = {
    host: "127.0.0.1",
    port: ports.postgres,
    user: "stagesub",
    password: mainPassword,
    database: "stagesub",
  };
  return { dir, ports, ...stored, mainDatabase };
}

async function readFileIn(dir: string): Promise<SettingsFile | undefined> {
  const file = path.join(dir, "settings.json");
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  try {
    return settingsFile.parse(JSON.parse(text));
  } catch {
    // The reason could quote a secret from the file.
    throw new UserError(
      "local-cloud-failed",
      `${file} is not a settings file of this version of the local cloud. Run \`./stagesub local reset\`.`,
    );
  }
}

async function writeFileIn(dir: string, settings: SettingsFile): Promise<void> {
  const file = path.join(dir, "settings.json");
  await writeFile(`${file}.new`, `${JSON.stringify(settings, undefined, 2)}\n`, { mode: 0o600 });
  await chmod(`${file}.new`, 0o600);
  await rename(`${file}.new`, file);
}

function randomHex(bytes: number): string {
  return randomBytes(bytes).toString("hex");
}
