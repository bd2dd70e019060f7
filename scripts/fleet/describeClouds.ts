import { healthy } from "../../infra/cloud/projectStatus.ts";
import { normalizeHost } from "../../infra/cloud/recordComment.ts";
import { everyNetwork, normalizeNetworks } from "../../infra/config/schema/networks.ts";
import type { Plan } from "../../infra/plan/planStack.ts";
import { declaredRecord, describeRecord, recordsOf } from "./compareClouds.ts";
import type { CloudReading } from "./observeClouds.ts";

/** A setting at Supabase or Cloudflare that a stack declares once for all: its declared value, and its value at each orchestra. */
export interface CloudSetting {
  name: string;
  declared: string;
  /** By orchestra or spare; without those that could not be read. */
  found: Record<string, string>;
}

/**
 * Describes DNS records and project settings in words, so that equal words are equal settings. Pure.
 *
 * @param projects orchestra or spare → the key of its database
 * @param hosts orchestra → the name of its record
 */
export function describeClouds(
  { app, supabase }: Pick<Plan, "app" | "supabase">,
  reading: CloudReading,
  { projects, hosts }: { projects: ReadonlyMap<string, string>; hosts: ReadonlyMap<string, string> },
): CloudSetting[] {
  const { records, refs } = reading;
  const listed = reading.projects;
  const made = listed instanceof Error ? [] : [...projects].filter(([, key]) => refs.has(key));
  const held = made.map(([id, key]) => {
    const ref = refs.get(key)!;
    const settings = reading.settings.get(ref);
    const project = (listed as Exclude<typeof listed, Error>).find((each) => each.ref === ref);
    return { id, project, settings: settings instanceof Error ? undefined : settings };
  });
  const collect = (name: string, declared: string, describe: (one: (typeof held)[number]) => string | undefined) => ({
    name,
    declared,
    found: Object.fromEntries(held.flatMap((one) => [[one.id, describe(one)] as const].filter(isKnown))),
  });
  return [
    {
      name: "DNS record",
      declared: normalizeRecord(declaredRecord(app)),
      found:
        records instanceof Error
          ? {}
          : Object.fromEntries(
              [...hosts].map(([id, host]) => [id, recordsOf(records, host).map(normalizeRecord).join("; ") || "none"]),
            ),
    },
    collect("Project", healthy, ({ project }) => project?.status ?? "not at Supabase"),
    collect("Region", supabase.region, ({ project }) => project?.region),
    collect("Size", supabase.size, ({ project }) => project && (project.size ?? supabase.size)),
    collect("TLS", "enforced", ({ settings }) => settings?.tls),
    collect("Networks", describeNetworks(supabase.networkRestrictions, "applied"), ({ settings }) =>
      settings ? describeNetworks(normalizeNetworks(settings.networks.cidrs), settings.networks.state) : undefined,
    ),
    collect("Data API", "off", ({ settings }) => settings && (settings.schemas.join(", ") || "off")),
  ];
}

function isKnown(entry: readonly [string, string | undefined]): entry is readonly [string, string] {
  return entry[1] !== undefined;
}

function normalizeRecord(record: Parameters<typeof describeRecord>[0]): string {
  return describeRecord({ ...record, content: normalizeHost(record.content) });
}

function describeNetworks(cidrs: readonly string[], state: "applied" | "stored"): string {
  if (cidrs.join() === everyNetwork.join()) return "any";
  return `${cidrs.join(", ") || "none"}${state === "applied" ? "" : ", not applied"}`;
}
