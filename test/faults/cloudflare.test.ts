import { beforeAll, beforeEach, describe, expect, it } from "vitest";

import { type DnsRecordFound, listDnsRecords } from "../../infra/cloud/cloudflareApi.ts";
import { parseConnectionUrl } from "../../infra/database/connection/connection.ts";
import { readOrchestraRows } from "../../infra/database/registry/orchestraRows.ts";
import type { FaultSpec } from "../../local/cloud/faults.ts";
import { type Run, useEngine } from "../support/engine.ts";

const zoneId = "023e105f4ecef8ad9ca31a8372d0c353";
const target = "cname.app-host.localhost";
const stackFile = "stacks/Pulumi.local.yaml";

/**
 * Trouble at Cloudflare, over the real `pulumi`: one plain rerun finishes the interrupted work, the next changes nothing, and no
 * name has two records. The steps build on each other. It does not prove what Cloudflare and the official provider really do.
 */
describe("Cloudflare's faults", () => {
  const engine = useEngine({ orchestras: ["malmo"], spares: 0 });

  const call = async (method: string, path = "", body?: object) => {
    const response = await fetch(`${engine.cloudflare().baseUrl}/zones/${zoneId}/dns_records${path}`, {
      method,
      headers: { authorization: `Bearer ${engine.cloudflare().token}`, "content-type": "application/json" },
      ...(body && { body: JSON.stringify(body) }),
    });
    expect(response.ok).toBe(true);
    return ((await response.json()) as { result: DnsRecordFound }).result;
  };
  const recordsOf = async (id: string) => {
    const records = await listDnsRecords(engine.cloudflare(), zoneId);
    return records.filter(({ name }) => name === `${id}.stagesub.localhost`);
  };
  const addFault = (fault: Omit<FaultSpec, "service">) => engine.addFault({ service: "cloudflare", ...fault });
  const statusOf = async (id: string) => {
    const rows = await readOrchestraRows(parseConnectionUrl(engine.env["DATABASE_URL"]!));
    return rows.find(({ subdomain }) => subdomain === id)?.status;
  };
  const done = ({ code, output }: Run) => {
    expect(code, output).toBe(0);
    expect(output).not.toContain(engine.cloudflare().token);
    return output;
  };
  const failed = ({ code, output }: Run) => {
    expect(code, output).not.toBe(0);
    expect(output).not.toContain(engine.cloudflare().token);
    return output;
  };
  /** Requires that the run after one plain rerun changes nothing: each name has the one record of the state, each row is Active. */
  const expectConverged = async (...ids: string[]) => {
    await engine.clearFaults();
    const output = done(await engine.up());
    done(await engine.up("--refresh", "--expect-no-changes"));
    const held = (await engine.state()).filter(({ type }) => type === "cloudflare:index/dnsRecord:DnsRecord");
    for (const id of ids) {
      const records = await recordsOf(id);
      expect(records).toEqual([
        {
          ...{
            id: held.find(({ urn }) => urn.endsWith(`::${id}`))?.id,
            name: `${id}.stagesub.localhost`,
            type: "CNAME",
          },
          ...{ content: target, proxied: false, ttl: 1 },
          comment: `StageSub orchestra ${id}, made by the Pulumi stack local`,
        },
      ]);
      expect(await statusOf(id)).toBe("Active");
    }
    return output;
  };

  beforeAll(async () => {
    done(await engine.up());
  });
  beforeEach(async () => {
    await engine.clearFaults();
  });

  it("refuses names that others hold, before anything is made, and changes none of their records", async () => {
    const text = await engine.checkout.read(stackFile);
    await engine.declare("lund");
    await engine.declare("umea");
    const lund = await call("POST", "", {
      ...{ type: "CNAME", name: "lund.stagesub.localhost", content: "shop.example.com", ttl: 1, comment: "by hand" },
    });
    const umea = await call("POST", "", {
      type: "A",
      name: "umea.stagesub.localhost",
      content: "203.0.113.7",
      ttl: 300,
    });
    const before = await engine.state();
    for (const run of [await engine.pulumi("preview"), await engine.up()]) {
      const output = failed(run);
      expect(output).toContain(`CNAME to shop.example.com, comment "by hand", record ${lund.id}`);
      expect(output).toContain(`A to 203.0.113.7, no comment, record ${umea.id}`);
    }
    expect((await engine.state()).map(({ urn }) => urn)).toEqual(before.map(({ urn }) => urn));
    expect((await recordsOf("lund")).map(({ content }) => content)).toEqual(["shop.example.com"]);
    await engine.checkout.write(stackFile, text);
  });

  it("adopts a record that points at the app already, and says so in the preview", async () => {
    await engine.declare("orebro");
    const { id } = await call("POST", "", {
      ...{ type: "CNAME", name: "orebro.stagesub.localhost", content: target, ttl: 600, comment: "by hand in 2024" },
    });
    const preview = await engine.pulumi("preview");
    expect(done(preview)).toContain("orebro.stagesub.localhost exists at Cloudflare already and is adopted, not made");
    expect(preview.output).toMatch(/DnsRecord orebro import/);
    await expectConverged("orebro", "malmo");
    expect((await recordsOf("orebro")).map((record) => record.id)).toEqual([id]);
  });

  it("waits as long as Cloudflare asks after too many calls, in the same run", async () => {
    await call("DELETE", `/${(await recordsOf("malmo"))[0]!.id}`);
    const action = { kind: "status", status: 429, headers: { "retry-after": "2" } } as const;
    await addFault({ method: "POST", path: "/dns_records$", times: 2, action });
    expect(done(await engine.up())).toContain("no longer at Cloudflare");
    expect(await recordsOf("malmo")).toEqual([]);
    done(await engine.up("--refresh"));
    await expectConverged("malmo");
  });

  it("makes a record once whose answer was lost: the rerun adopts it", async () => {
    await engine.declare("gavle");
    await addFault({ method: "POST", path: "/dns_records$", times: 1, action: { kind: "drop", when: "after" } });
    failed(await engine.up());
    expect(await recordsOf("gavle")).toHaveLength(1);
    expect(await statusOf("gavle")).not.toBe("Active");
    expect(await expectConverged("gavle")).toContain("gavle.stagesub.localhost exists at Cloudflare already");
  });

  it("makes a record at the rerun that Cloudflare did not make: its own fault, a token without rights", async () => {
    const body = { success: false, errors: [{ code: 10000, message: "Authentication error" }], result: null };
    await engine.declare("kiruna");
    await addFault({ method: "POST", path: "/dns_records$", action: { kind: "status", status: 403, body } });
    expect(failed(await engine.up())).toContain("Authentication error");
    await engine.clearFaults();
    await addFault({
      method: "POST",
      path: "/dns_records$",
      action: { kind: "status", status: 502, body: "Bad gateway" },
    });
    expect(failed(await engine.up())).toContain("502");
    expect(await recordsOf("kiruna")).toEqual([]);
    expect(await statusOf("kiruna")).not.toBe("Active");
    await expectConverged("kiruna", "gavle", "malmo", "orebro");
  });

  it("changes a record where the answer was lost, in the same run", async () => {
    await engine.checkout.edit(stackFile, `target: ${target}`, "target: other.app-host.localhost");
    await addFault({ method: "PUT", path: "/dns_records/", times: 1, action: { kind: "drop", when: "after" } });
    done(await engine.up());
    expect((await recordsOf("malmo")).map(({ content }) => content)).toEqual(["other.app-host.localhost"]);
    await engine.checkout.edit(stackFile, "target: other.app-host.localhost", `target: ${target}`);
    await expectConverged("kiruna", "gavle", "malmo", "orebro");
  });

  it("touches nothing where Cloudflare cannot be asked at the start", async () => {
    await addFault({
      path: "/dns_records",
      action: { kind: "status", status: 403, body: { success: false, errors: [] } },
    });
    expect(failed(await engine.up())).toContain("Nothing was created or changed.");
    await expectConverged("malmo");
  });
});
