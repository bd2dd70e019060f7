import { afterEach, beforeAll, describe, expect, it } from "vitest";

import { type DnsRecordFound, listDnsRecords } from "../../infra/cloud/cloudflareApi.ts";
import { listProjects } from "../../infra/cloud/supabaseApi.ts";
import type { FaultSpec } from "../../local/cloud/faults.ts";
import { type Run, useEngine } from "../support/engine.ts";
import { expectDone, waitFor } from "./support/steps.ts";

const zoneId = "023e105f4ecef8ad9ca31a8372d0c353";
const stackFile = "stacks/Pulumi.local.yaml";

/**
 * Removals whose answer is lost, over the real `pulumi`: one plain rerun exits 0, the next changes nothing, nothing of them is
 * left at either cloud. The steps build on each other. It does not prove what Cloudflare, Supabase and the official providers really do.
 */
describe("a removal that took effect while its answer was lost", () => {
  const engine = useEngine({ orchestras: ["malmo", "gavle", "norrkoping", "goteborg"], spares: 0 });

  const records = () => listDnsRecords(engine.cloudflare(), zoneId);
  const names = async () => (await records()).map(({ name }) => name.replace(".stagesub.localhost", "")).sort();
  const projects = async () => (await listProjects(engine.supabase(), "stagesub")).map(({ name }) => name).sort();
  const call = (method: string, path: string, body?: object) =>
    fetch(`${engine.cloudflare().baseUrl}/zones/${zoneId}/dns_records${path}`, {
      method,
      headers: { authorization: `Bearer ${engine.cloudflare().token}`, "content-type": "application/json" },
      ...(body && { body: JSON.stringify(body) }),
    });
  const addFault = (service: FaultSpec["service"], fault: Omit<FaultSpec, "service">) =>
    engine.addFault({ service, ...fault });
  const takeOut = async (id: string) => {
    const text = await engine.checkout.read(stackFile);
    const without = text.replace(new RegExp(` {4}${id}:\\n( {6}.*\\n)+`), "");
    expect(without).not.toBe(text);
    await engine.checkout.write(stackFile, without);
  };
  const failed = ({ code, output }: Run) => {
    expect(code, output).not.toBe(0);
    expect(output).not.toContain(engine.cloudflare().token);
    return output;
  };
  const expectConverged = async () => {
    await engine.clearFaults();
    const run = await engine.up();
    expectDone(run);
    expectDone(await engine.up("--refresh", "--expect-no-changes"));
    return run.output;
  };
  beforeAll(async () => {
    await engine.liftProtection();
    expectDone(await engine.up());
  });
  afterEach(() => engine.clearFaults());

  it("of a retired orchestra's name, the CLI killed before it hears of it: `up` goes on", async () => {
    await engine.checkout.edit(stackFile, "    gavle:\n", "    gavle:\n      state: retired\n");
    const path = "/dns_records/";
    await addFault("cloudflare", { method: "DELETE", path, times: 1, action: { kind: "drop", when: "after" } });
    await addFault("cloudflare", { method: "DELETE", path, times: 1, action: { kind: "delay", ms: 60_000 } });
    const run = engine.start("up", "--yes", "--skip-preview");
    await waitFor("the record gone", async () => !(await names()).includes("gavle"));
    process.kill(run.pid, "SIGKILL");
    await run.ended;
    expectDone(await engine.pulumi("cancel", "--yes"));
    await expectConverged();
    expect(await names()).toEqual(["goteborg", "malmo", "norrkoping"]);
  });

  it("of an orchestra's name, which is refused, then of its project: each run goes on where the one before failed", async () => {
    await takeOut("norrkoping");
    const body = { success: false, errors: [{ code: 10000, message: "Authentication error" }], result: null };
    await addFault("cloudflare", { method: "DELETE", action: { kind: "status", status: 403, body } });
    expect(failed(await engine.up())).toContain("Authentication error");
    expect(await names()).toContain("norrkoping");
    expect(await projects()).toContain("local-norrkoping");
    await engine.clearFaults();
    await addFault("supabase", { method: "DELETE", action: { kind: "drop", when: "after" } });
    failed(await engine.up());
    expect(await projects()).not.toContain("local-norrkoping");
    await expectConverged();
    expect(await names()).toEqual(["goteborg", "malmo"]);
    expect(await projects()).toEqual(["local-gavle", "local-goteborg", "local-malmo"]);
  });

  it("finds a record whose renaming failed, under its old name, and one whose comment was edited by hand", async () => {
    const [{ id } = {} as DnsRecordFound] = (await records()).filter(({ name }) => name.startsWith("goteborg."));
    await engine.checkout.edit(stackFile, "    goteborg:\n", "    goteborg:\n      subdomain: gbg\n");
    await addFault("cloudflare", { method: "PUT", action: { kind: "status", status: 403, body: "no" } });
    failed(await engine.up());
    await engine.clearFaults();
    expect(await names()).toEqual(["goteborg", "malmo"]);
    await takeOut("goteborg");
    await expectConverged();
    expect(await names()).toEqual(["malmo"]);
    expect((await call("GET", `/${id}`)).status).toBe(404);
  });

  it("of everything, with `destroy`: one more `destroy` exits 0, and what somebody else made stays", async () => {
    const [{ id } = {} as DnsRecordFound] = await records();
    expect((await call("PATCH", `/${id}`, { comment: "ours, says somebody" })).ok).toBe(true);
    const other = { type: "CNAME", name: "shop.stagesub.localhost", content: "shop.example.com", ttl: 300 };
    expect((await call("POST", "", other)).ok).toBe(true);
    await addFault("supabase", { method: "DELETE", action: { kind: "drop", when: "after" } });
    await addFault("cloudflare", { method: "DELETE", times: 1, action: { kind: "drop", when: "after" } });
    failed(await engine.pulumi("destroy", "--yes"));
    await engine.clearFaults();
    expectDone(await engine.pulumi("destroy", "--yes"));
    expect(await names()).toEqual(["shop"]);
    expect(await projects()).toEqual([]);
    expect(await engine.state()).toEqual([]);
  });
});
