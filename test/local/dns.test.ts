import * as dns from "dns-packet";
import { createSocket } from "node:dgram";
import { Resolver } from "node:dns/promises";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openRecordStore, type RecordValues } from "../../local/cloud/cloudflare/recordStore.ts";
import { startDnsServer } from "../../local/cloud/dns/startDnsServer.ts";
import { useCloudContext } from "../support/cloudContext.ts";

const cloud = useCloudContext();
const resolver = new Resolver({ timeout: 2000, tries: 1 });
let port: number;
beforeAll(async () => {
  port = (await cloud.start(startDnsServer)).port;
  resolver.setServers([`127.0.0.1:${port}`]);
});
beforeEach(async () => {
  await cloud.context().store.query("truncate cloudflare.record");
});

const zone = "stagesub.localhost";

async function hold(name: string, type: RecordValues["type"], content: string, change: Partial<RecordValues> = {}) {
  const values = { proxied: false, ttl: 300, comment: null, tags: [], settings: {}, ...change };
  await openRecordStore(cloud.context().store).insert({ name, type, content, ...values });
}

/** Sends one message over UDP and returns its answer. */
async function ask(question: dns.Question, more: dns.Packet = {}): Promise<dns.DecodedPacket> {
  const answers = await send(
    dns.encode({ type: "query", id: 7, flags: dns.RECURSION_DESIRED, questions: [question], ...more }),
  );
  return dns.decode(answers[0]!);
}

async function send(message: Buffer, waitMs = 2000): Promise<Buffer[]> {
  const socket = createSocket("udp4");
  const answers: Buffer[] = [];
  try {
    const answered = new Promise<void>((resolve) =>
      socket.on("message", (answer) => resolve(void answers.push(answer))),
    );
    socket.send(message, port, "127.0.0.1");
    await Promise.race([answered, sleep(waitMs)]);
    return answers;
  } finally {
    socket.close();
  }
}

describe("answers", () => {
  it("follows an orchestra's CNAME to the app's host", async () => {
    await hold(`malmo.${zone}`, "CNAME", "cname.app-host.localhost");
    expect(await resolver.resolveCname(`malmo.${zone}`)).toEqual(["cname.app-host.localhost"]);
    expect(await resolver.resolve4(`malmo.${zone}`)).toEqual(["127.0.0.1"]);
    expect(await resolver.resolve4("cname.app-host.localhost")).toEqual(["127.0.0.1"]);
    expect(await resolver.resolve4("app-host.localhost")).toEqual(["127.0.0.1"]);
    const { answers } = await ask({ type: "A", name: `malmo.${zone}` });
    expect(answers).toMatchObject([
      { type: "CNAME", name: `malmo.${zone}`, ttl: 300, data: "cname.app-host.localhost" },
      { type: "A", name: "cname.app-host.localhost", data: "127.0.0.1" },
    ]);
  });

  it("gives addresses, texts and name servers", async () => {
    await hold(`a.${zone}`, "A", "203.0.113.7");
    await hold(`a.${zone}`, "A", "203.0.113.8");
    await hold(`a.${zone}`, "AAAA", "2001:db8::7");
    await hold(zone, "TXT", "x".repeat(300));
    expect((await resolver.resolve4(`a.${zone}`)).sort()).toEqual(["203.0.113.7", "203.0.113.8"]);
    expect(await resolver.resolve6(`a.${zone}`)).toEqual(["2001:db8::7"]);
    expect(await resolver.resolveTxt(zone)).toEqual([["x".repeat(255), "x".repeat(45)]]);
    expect(await resolver.resolveNs(zone)).toHaveLength(2);
    expect(await resolver.resolveSoa(zone)).toMatchObject({ hostmaster: "dns.cloudflare.com", minttl: 1800 });
  });

  it("shows a change at once", async () => {
    await expect(resolver.resolve4(`new.${zone}`)).rejects.toMatchObject({ code: "ENOTFOUND" });
    await hold(`new.${zone}`, "A", "203.0.113.7", { ttl: 1 });
    expect(await resolver.resolve4(`new.${zone}`, { ttl: true })).toEqual([{ address: "203.0.113.7", ttl: 300 }]);
  });

  it("minds no case and gives the name back as it was written", async () => {
    await hold(`malmo.${zone}`, "A", "203.0.113.7");
    const { answers } = await ask({ type: "A", name: `MaLmO.StageSub.localhost` });
    expect(answers).toMatchObject([{ name: "MaLmO.StageSub.localhost", data: "203.0.113.7" }]);
  });

  it("shows this machine for a proxied record, and not its target", async () => {
    await hold(`malmo.${zone}`, "CNAME", "cname.app-host.localhost", { proxied: true });
    expect(await resolver.resolve4(`malmo.${zone}`)).toEqual(["127.0.0.1"]);
    await expect(resolver.resolveCname(`malmo.${zone}`)).rejects.toMatchObject({ code: "ENODATA" });
  });

  it("flattens a CNAME at the zone's apex", async () => {
    await hold(zone, "CNAME", "cname.app-host.localhost");
    expect((await ask({ type: "A", name: zone })).answers).toMatchObject([
      { type: "A", name: zone, data: "127.0.0.1" },
    ]);
  });

  it("answers from a wildcard where nothing closer exists", async () => {
    await hold(`*.${zone}`, "A", "203.0.113.9");
    await hold(`deep.malmo.${zone}`, "A", "203.0.113.7");
    expect(await resolver.resolve4(`any.thing.${zone}`)).toEqual(["203.0.113.9"]);
    await expect(resolver.resolve4(`malmo.${zone}`)).rejects.toMatchObject({ code: "ENODATA" });
  });

  it("ends a circle of CNAMEs", async () => {
    await hold(`a.${zone}`, "CNAME", `b.${zone}`);
    await hold(`b.${zone}`, "CNAME", `a.${zone}`);
    expect((await ask({ type: "A", name: `a.${zone}` })).answers!.length).toBeLessThanOrEqual(8);
  });

  it("gives a CNAME alone where its target is elsewhere", async () => {
    await hold(`malmo.${zone}`, "CNAME", "cname.vercel-dns.com");
    const reply = await ask({ type: "A", name: `malmo.${zone}` });
    expect(reply.answers).toHaveLength(1);
    expect(reply.authorities).toEqual([]);
  });
});

describe("where there is no answer", () => {
  it("says NXDOMAIN with the SOA for unknown names, NODATA for known ones", async () => {
    await hold(`malmo.${zone}`, "A", "203.0.113.7");
    const missing = await ask({ type: "A", name: `nobody.${zone}` });
    expect(missing).toMatchObject({
      rcode: "NXDOMAIN",
      answers: [],
      authorities: [{ type: "SOA", name: zone }],
      flag_aa: true,
    });
    const nodata = await ask({ type: "AAAA", name: `malmo.${zone}` });
    expect(nodata).toMatchObject({ rcode: "NOERROR", answers: [], authorities: [{ type: "SOA" }] });
  });

  it("refuses names of others and does not do what it was not made for", async () => {
    expect(await ask({ type: "A", name: "example.com" })).toMatchObject({ rcode: "REFUSED", flag_aa: false });
    expect(await ask({ type: "A", name: "xstagesub.localhost" })).toMatchObject({ rcode: "REFUSED" });
    expect(await ask({ type: "ANY" as "A", name: zone })).toMatchObject({ rcode: "NOTIMP" });
    expect(await ask({ type: "A", name: zone, class: "CH" })).toMatchObject({ rcode: "NOTIMP" });
  });

  it("says NODATA to record types that it does not know", async () => {
    expect(await ask({ type: "HTTPS" as "A", name: zone })).toMatchObject({ rcode: "NOERROR", answers: [] });
    expect(await ask({ type: "UNKNOWN_4711" as "A", name: zone })).toMatchObject({ rcode: "NOERROR", answers: [] });
  });

  it("ignores what is not a question, and goes on", async () => {
    const answer = dns.encode({ type: "response", id: 7, questions: [{ type: "A", name: zone }] });
    const cut = dns.encode({ type: "query", id: 7, questions: [{ type: "A", name: zone }] }).subarray(0, 20);
    for (const message of [answer, cut, Buffer.from("nonsense"), Buffer.alloc(0), Buffer.alloc(600, 0xff)]) {
      expect(await send(message, 100)).toEqual([]);
    }
    expect(await ask({ type: "SOA", name: zone })).toMatchObject({ rcode: "NOERROR", id: 7, flag_rd: true });
  });
});

describe("faults", () => {
  it("plays what the fault switch says for a record type and name", async () => {
    const context = cloud.context();
    const faults = { ...context.faults };
    try {
      context.faults.take = (service, { method, path }) =>
        service === "dns" && method === "SOA" && path === zone ? { kind: "status", status: 500 } : undefined;
      expect(await ask({ type: "SOA", name: zone })).toMatchObject({ rcode: "SERVFAIL" });
      expect(await ask({ type: "NS", name: zone })).toMatchObject({ rcode: "NOERROR" });
      context.faults.take = () => ({ kind: "drop", when: "before" });
      expect(await send(dns.encode({ type: "query", questions: [{ type: "SOA", name: zone }] }), 100)).toEqual([]);
    } finally {
      Object.assign(context.faults, faults);
    }
  });
});

describe("sizes and transports", () => {
  const long = () =>
    Promise.all(Array.from({ length: 30 }, (_, i) => hold(`many.${zone}`, "TXT", `${i} ${"x".repeat(100)}`)));

  it("cuts off what does not fit and gives it over TCP", async () => {
    await long();
    const cut = await ask({ type: "TXT", name: `many.${zone}` });
    expect(cut).toMatchObject({ flag_tc: true, answers: [] });
    // The resolver asks again over TCP by itself.
    expect(await resolver.resolveTxt(`many.${zone}`)).toHaveLength(30);
  });

  it("reads TCP messages however the stream is cut, several on one connection", async () => {
    await hold(`malmo.${zone}`, "A", "203.0.113.7");
    const query = dns.streamEncode({ type: "query", id: 9, questions: [{ type: "A", name: `malmo.${zone}` }] });
    const client = connect(port, "127.0.0.1");
    const received: Buffer[] = [];
    client.on("data", (chunk: Buffer) => received.push(chunk));
    for (const part of [query.subarray(0, 1), query.subarray(1, 10), Buffer.concat([query.subarray(10), query])]) {
      client.write(part);
      await sleep(20);
    }
    await expect.poll(() => Buffer.concat(received).length).toBeGreaterThan(0);
    await sleep(50);
    client.destroy();
    const bytes = Buffer.concat(received);
    const first = bytes.subarray(0, 2 + bytes.readUInt16BE(0));
    expect(dns.streamDecode(first).answers).toMatchObject([{ data: "203.0.113.7" }]);
    expect(bytes.length).toBe(2 * first.length);
  });

  it("answers EDNS with EDNS", async () => {
    const opt = {
      type: "OPT",
      name: ".",
      udpPayloadSize: 4096,
      flags: 0,
      extendedRcode: 0,
      ednsVersion: 0,
      flag_do: false,
    };
    const reply = await ask({ type: "SOA", name: zone }, { additionals: [{ ...opt, options: [] } as dns.OptAnswer] });
    expect(reply.additionals).toMatchObject([{ type: "OPT", udpPayloadSize: 1232 }]);
  });
});
