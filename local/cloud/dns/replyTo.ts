import * as dns from "dns-packet";
import { answerQuestion, type ServedRecord } from "./answerQuestion.ts";

/** The largest answer over UDP, in bytes, when the client states no size (RFC 1035). */
const plainUdpSize = 512;
/** The largest answer over UDP in any case: larger ones fragment on real networks. */
const largestUdpSize = 1232;

/** Reads the records to answer a question from, or says that it is to stay without an answer. */
export type ReadRecords = (question: dns.Question) => Promise<ServedRecord[] | "silence">;

/**
 * Returns the answer to one message, or undefined for a message that is no question: these are ignored, so that nobody can make two servers
 * talk to each other. Over UDP, an answer that does not fit is cut off and marked to be asked for again over TCP.
 */
export async function replyTo(
  message: Buffer,
  transport: "udp" | "tcp",
  readRecords: ReadRecords,
): Promise<Buffer | undefined> {
  const query = decode(message);
  const question = query?.questions?.[0];
  if (query?.type !== "query" || !question) return undefined;

  const edns = query.additionals?.find((record) => record.type === "OPT");
  const base: dns.Packet = {
    type: "response",
    ...(query.id !== undefined && { id: query.id }),
    questions: [question],
    additionals: edns ? [optRecord] : [],
  };
  const wantsRecursion = (query.flags ?? 0) & dns.RECURSION_DESIRED;
  const isPlain =
    query.questions!.length === 1 &&
    question.class === "IN" &&
    opcodeOf(query) === 0 &&
    (question.type as string) !== "ANY";
  if (!isPlain) return dns.encode({ ...base, flags: wantsRecursion | rcodes.NOTIMP });

  const records = await readRecords(question).catch(() => "failure" as const);
  if (records === "silence") return undefined;
  if (records === "failure") return dns.encode({ ...base, flags: wantsRecursion | rcodes.SERVFAIL });
  const reply = answerQuestion(question, records);
  const { answers, authorities } = reply;
  const flags = wantsRecursion | rcodes[reply.rcode] | (reply.authoritative ? dns.AUTHORITATIVE_ANSWER : 0);
  const whole = dns.encode({ ...base, flags, answers, authorities });
  const limit = Math.min(edns?.udpPayloadSize ?? plainUdpSize, largestUdpSize);
  if (transport === "tcp" || whole.length <= Math.max(limit, plainUdpSize)) return whole;
  return dns.encode({ ...base, flags: flags | dns.TRUNCATED_RESPONSE });
}

/** The low four bits of the flags (RFC 1035, RFC 2136). */
const rcodes = { NOERROR: 0, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 };

const optRecord: dns.Answer = {
  type: "OPT",
  name: ".",
  udpPayloadSize: largestUdpSize,
  flags: 0,
  flag_do: false,
  extendedRcode: 0,
  ednsVersion: 0,
  options: [],
};

function decode(message: Buffer): dns.DecodedPacket | undefined {
  try {
    return dns.decode(message);
  } catch {
    return undefined;
  }
}

function opcodeOf(query: dns.Packet): number {
  return ((query.flags ?? 0) >> 11) & 0xf;
}
