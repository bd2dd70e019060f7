import type { Answer, Question } from "dns-packet";
import type { RecordValues } from "../cloudflare/recordStore.ts";
import { zone } from "../cloudflare/zone.ts";

/** A record as the answers need it. */
export type ServedRecord = Pick<RecordValues, "name" | "type" | "content" | "proxied" | "ttl">;

export interface Reply {
  rcode: "NOERROR" | "NXDOMAIN" | "REFUSED";
  authoritative: boolean;
  answers: Answer[];
  /** The zone's SOA when there is no answer, so that resolvers know how long to remember that. */
  authorities: Answer[];
}

/** The host of the app: stands for `cname.vercel-dns.com`, and answers with this machine. */
const appHost = "app-host.localhost";
const loopback = "127.0.0.1";
/** Cloudflare's TTL for an automatic TTL and for proxied records. */
const automaticTtl = 300;
/** Longer than any real chain; ends loops. */
const longestChain = 8;

/**
 * Answers one question from the records of the zone, authoritatively. Proxied records answer with this machine, as Cloudflare's edge
 * answers with its own addresses. CNAMEs are followed within the records held here.
 */
export function answerQuestion(question: Question, records: ServedRecord[]): Reply {
  const name = question.name.toLowerCase().replace(/\.$/, "");
  const authority = findAuthority(name);
  if (!authority) return { rcode: "REFUSED", authoritative: false, answers: [], authorities: [] };

  const held = [...records.flatMap(standIn), ...ownRecords];
  const { answers, end } = follow(question.name, name, question.type, held);
  const known = answers.length > 0 || exists(end, held) || findRecords(end, held).length > 0;
  const complete = answers.some((answer) => answer.type === question.type) || !findAuthority(end);
  return {
    rcode: known ? "NOERROR" : "NXDOMAIN",
    authoritative: true,
    answers,
    authorities: complete ? [] : [soaOf(authority)],
  };
}

function findAuthority(name: string): string | undefined {
  return [zone.name, appHost].find((apex) => name === apex || name.endsWith(`.${apex}`));
}

/**
 * Adds answers along a chain of CNAMEs. `spelling` is the name as the client wrote it: some clients check that it comes back unchanged.
 */
function follow(
  spelling: string,
  start: string,
  type: string,
  held: ServedRecord[],
): { answers: Answer[]; end: string } {
  const answers: Answer[] = [];
  let [name, owner] = [start, spelling];
  for (let step = 0; step < longestChain; step++) {
    const found = findRecords(name, held);
    const direct = found.filter((record) => record.type === type);
    answers.push(...direct.map((record) => toAnswer(owner, record)), ...zoneAnswers(owner, name, type));
    const alias = found.find((record) => record.type === "CNAME");
    if (!alias || type === "CNAME" || answers.some((answer) => answer.type === type)) break;
    // At the zone's apex a CNAME may not show: its target's records are given under the apex's own name.
    const flatten = name === zone.name;
    if (!flatten) answers.push(toAnswer(owner, alias));
    name = alias.content;
    owner = flatten ? owner : alias.content;
  }
  return { answers, end: name };
}

/** Finds the records of a name, or else of the wildcard below its closest ancestor that exists. */
function findRecords(name: string, held: ServedRecord[]): ServedRecord[] {
  if (exists(name, held)) return held.filter((record) => record.name === name);
  let parent = name;
  while (parent !== "" && !exists(parent, held)) parent = parent.split(".").slice(1).join(".");
  return held.filter((record) => record.name === `*.${parent}`);
}

/** Tells whether a name has records, or is above a name that has some. */
function exists(name: string, held: ServedRecord[]): boolean {
  if (name === zone.name || name === appHost) return true;
  return held.some((record) => record.name === name || record.name.endsWith(`.${name}`));
}

/** Replaces a proxied record: its name shows an address and nothing else. */
function standIn(record: ServedRecord): ServedRecord[] {
  if (!record.proxied) return [record];
  return record.type === "AAAA" ? [] : [{ ...record, type: "A", content: loopback, ttl: automaticTtl }];
}

const ownRecords: ServedRecord[] = [appHost, `cname.${appHost}`].map((name) => ({
  name,
  type: "A",
  content: loopback,
  proxied: false,
  ttl: automaticTtl,
}));

function zoneAnswers(owner: string, name: string, type: string): Answer[] {
  if (name !== zone.name) return [];
  if (type === "SOA") return [{ ...soaOf(zone.name), name: owner }];
  if (type !== "NS") return [];
  return zone.nameServers.map((server) => ({ name: owner, type: "NS", ttl: 86400, data: server }));
}

/** Returns the zone's SOA, with Cloudflare's numbers. */
function soaOf(apex: string): Answer {
  return {
    name: apex,
    type: "SOA",
    ttl: 1800,
    data: {
      mname: zone.nameServers[0],
      rname: "dns.cloudflare.com",
      serial: 2_400_000_000,
      refresh: 10_000,
      retry: 2400,
      expire: 604_800,
      minimum: 1800,
    },
  };
}

function toAnswer(name: string, record: ServedRecord): Answer {
  const ttl = record.ttl === 1 ? automaticTtl : record.ttl;
  const { type, content } = record;
  if (type === "TXT") return { name, type, ttl, data: splitText(content) };
  return { name, type, ttl, data: content };
}

/** Splits text into the strings of a TXT record, of at most 255 bytes each. */
function splitText(content: string): Buffer[] {
  const bytes = Buffer.from(content);
  return Array.from({ length: Math.ceil(bytes.length / 255) }, (_, i) => bytes.subarray(i * 255, (i + 1) * 255));
}
