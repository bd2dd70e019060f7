import type { DnsRecordFound } from "../../infra/cloud/cloudflareApi.ts";
import { healthy } from "../../infra/cloud/projectStatus.ts";
import { commentFor, normalizeHost, sameHost } from "../../infra/cloud/recordComment.ts";
import type { CloudReading, SecuritySettings } from "./observeClouds.ts";
import { everyNetwork, normalizeNetworks } from "../../infra/config/schema/networks.ts";
import { type OrchestraPlan, projectName } from "../../infra/plan/planOrchestras.ts";
import type { Plan } from "../../infra/plan/planStack.ts";
import { onOneLine } from "../../infra/util/text.ts";
import { type Difference, drift } from "./difference.ts";

/** Returns the differences of a database's project at Supabase from the declaration; none of an adopted database. Pure. */
export function compareProject(
  plan: Pick<Plan, "stack" | "supabase">,
  key: string,
  { projects, refs, settings }: CloudReading,
): Difference[] {
  const ref = refs.get(key);
  // Supabase's silence is reported once, not for each database.
  if (ref === undefined || projects instanceof Error) return [];
  const project = projects.find((each) => each.ref === ref);
  if (!project) return [drift("project", `its project ${ref} is no longer at Supabase, or the token does not see it`)];
  const name = projectName(plan.stack, key);
  const { size = plan.supabase.size } = project;
  const found = settings.get(ref);
  return [
    ...(project.status === healthy
      ? []
      : [`its project ${ref} is ${project.status}${project.trouble ? `: ${project.trouble}` : ""}`]),
    ...(project.name === name
      ? []
      : [`its project ${ref} is called ${onOneLine(project.name, 255)}; expected ${name}`]),
    ...(size === plan.supabase.size ? [] : [`its project ${ref} has the size ${size}; expected ${plan.supabase.size}`]),
    ...(found === undefined || found instanceof Error ? [] : compareSettings(ref, plan.supabase, found)),
  ]
    .map((text) => drift("project", text))
    .concat(
      found instanceof Error
        ? { kind: "unseen", field: "project", text: `its project's settings: ${found.message}` }
        : [],
    );
}

/** Whether a database can be expected to answer: its project is not known to be paused, gone or in trouble. */
export function isRunning(key: string, { projects, refs }: CloudReading): boolean {
  const ref = refs.get(key);
  if (ref === undefined || projects instanceof Error) return true;
  return projects.some((project) => project.ref === ref && project.status === healthy);
}

function compareSettings(ref: string, declared: Plan["supabase"], found: SecuritySettings): string[] {
  const expected = declared.networkRestrictions;
  const cidrs = normalizeNetworks(found.networks.cidrs);
  const isSame = cidrs.join() === expected.join();
  return [
    ...(found.tls === "enforced" ? [] : [`TLS: ${explainTls(ref, found.tls)}`]),
    ...(isSame
      ? []
      : [`networks: ${cidrs.join(", ") || "none"} may connect to its project ${ref}; expected ${expected.join(", ")}`]),
    ...(isSame && found.networks.state !== "applied" && expected.join() !== everyNetwork.join()
      ? [
          `networks: Supabase keeps the restrictions of its project ${ref} and does not apply them (${found.networks.state})`,
        ]
      : []),
    ...(found.schemas.length === 0
      ? []
      : [`Data API: its project ${ref} serves the schemas ${onOneLine(found.schemas.join(", "), 255)}; expected none`]),
  ];
}

function explainTls(ref: string, tls: Exclude<SecuritySettings["tls"], "enforced">): string {
  switch (tls) {
    case "optional":
      return `its project ${ref} takes connections without TLS; expected it to refuse them`;
    case "pending":
      return `its project ${ref} was told to refuse connections without TLS and does not yet`;
    case "unavailable":
      return `its project ${ref} takes connections without TLS, and Supabase does not let it refuse them: look at its plan`;
  }
}

/** Returns the differences of an orchestra's record at Cloudflare from the declaration. Pure. */
export function compareRecord(
  { stack, app }: Pick<Plan, "stack" | "app">,
  { id, host }: Pick<OrchestraPlan, "id" | "host">,
  records: CloudReading["records"],
): Difference[] {
  if (records instanceof Error) return [];
  const here = recordsOf(records, host);
  const expected = declaredRecord(app);
  if (here.length === 0) return [drift("record", `DNS: ${host} has no record; expected ${describeRecord(expected)}`)];
  const comment = commentFor(id, stack);
  return here.flatMap((record) => {
    if (keyOfRecord(record) !== keyOfRecord(expected))
      return drift("record", `DNS: ${host} is ${describeRecord(record)}; expected ${describeRecord(expected)}`);
    if (record.comment === comment) return [];
    const found = record.comment === "" ? "no comment" : `the comment "${onOneLine(record.comment, 255)}"`;
    return drift(
      "record",
      `DNS: the record of ${host} has ${found}; expected "${comment}", by which this stack knows it again`,
    );
  });
}

/** Returns the records at a name; Cloudflare lets TXT and MX stand beside a CNAME. */
function recordsOf(records: readonly DnsRecordFound[], host: string): DnsRecordFound[] {
  return records.filter(({ name, type }) => sameHost(name, host) && type !== "TXT" && type !== "MX");
}

function declaredRecord({ target, proxied }: Pick<Plan["app"], "target" | "proxied">): RecordValues {
  return { type: "CNAME", content: target, proxied, ttl: 1 };
}

type RecordValues = Pick<DnsRecordFound, "type" | "content" | "proxied" | "ttl">;

function keyOfRecord({ type, content, proxied, ttl }: RecordValues): string {
  return JSON.stringify([type, normalizeHost(content), proxied, ttl]);
}

function describeRecord({ type, content, proxied, ttl }: RecordValues): string {
  return `${type} to ${onOneLine(content, 255)}, ${proxied ? "proxied" : "not proxied"}, TTL ${ttl === 1 ? "automatic" : ttl}`;
}

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
