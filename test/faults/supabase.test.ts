import { readFile } from "node:fs/promises";
import path from "node:path";

import { afterEach, beforeAll, describe, expect, it } from "vitest";

import { listProjects, type SupabaseProject } from "../../infra/cloud/supabaseApi.ts";
import { parseConnectionUrl } from "../../infra/database/connection/connection.ts";
import { readOrchestraRows } from "../../infra/database/registry/orchestraRows.ts";
import type { FaultSpec } from "../../local/cloud/faults.ts";
import { newProject } from "../support/createProject.ts";
import { type Run, useEngine } from "../support/engine.ts";
import { loseState } from "../support/loseState.ts";

const stackFile = "stacks/Pulumi.local.yaml";

/**
 * Trouble at Supabase, over the real `pulumi`: one plain rerun finishes the interrupted work, the next changes nothing, no project
 * is made twice, and one orchestra's trouble is nobody else's. The steps build on each other. It does not prove what Supabase and the
 * official provider really do.
 */
describe("Supabase's faults", () => {
  const engine = useEngine({ orchestras: ["malmo"], spares: 0 });

  const call = async (method: string, below = "", body?: object) => {
    const response = await fetch(`${engine.supabase().baseUrl}/v1/projects${below}`, {
      method,
      headers: { authorization: `Bearer ${engine.supabase().token}`, "content-type": "application/json" },
      ...(body && { body: JSON.stringify(body) }),
    });
    expect(response.ok).toBe(true);
    return response.text();
  };
  const makeByHand = async (name: string) => {
    const made = await call("POST", "", newProject(name, "somebody-elses-password"));
    return (JSON.parse(made) as { ref: string }).ref;
  };
  const projects = () => listProjects(engine.supabase(), "stagesub");
  /** Lists the projects as the API shows them. */
  const listed = async () => {
    const path = "/v1/organizations/stagesub/projects?sort=created_asc";
    const answer = await fetch(engine.supabase().baseUrl + path, {
      headers: { authorization: `Bearer ${engine.supabase().token}` },
    });
    return ((await answer.json()) as { projects: Record<string, unknown>[] }).projects;
  };
  const names = async () => (await projects()).map(({ name }) => name).sort();
  const named = async (id: string) => (await projects()).find(({ name }) => name === `local-${id}`) as SupabaseProject;
  const active = async () => {
    const rows = await readOrchestraRows(parseConnectionUrl(engine.env["DATABASE_URL"]!));
    return rows
      .filter(({ status }) => status === "Active")
      .map(({ subdomain }) => subdomain!)
      .sort();
  };
  const done = ({ code, output }: Run) => {
    expect(code, output).toBe(0);
    expect(output).not.toContain(engine.supabase().token);
    return output;
  };
  const failed = ({ code, output }: Run) => {
    expect(code, output).not.toBe(0);
    expect(output).not.toContain(engine.supabase().token);
    return output;
  };

  beforeAll(async () => done(await engine.up()));
  afterEach(() => engine.clearFaults());

  it("429, and a 500 and a dropped answer after the project was made: the rerun makes one and adopts two, beside one that had no trouble", async () => {
    await engine.declare("arvika", "boras", "cimbris", "dalarna");
    const post = { service: "supabase", method: "POST", path: "^/v1/projects$", times: 1 } as const;
    const message = { message: "ThrottlerException: Too Many Requests" };
    await engine.addFault({ ...post, action: { kind: "status", status: 429, body: message } });
    await engine.addFault({ ...post, action: { kind: "status", status: 500, when: "after" } });
    await engine.addFault({ ...post, action: { kind: "drop", when: "after" } });
    const output = failed(await engine.up());
    expect(output).toContain("429");
    expect(output).not.toContain("Missing required property");
    expect(await active()).toHaveLength(2);
    expect(await names()).toHaveLength(4);
    const begun = (await projects()).map(({ ref }) => ref);

    const rerun = done(await engine.up());
    expect(rerun.match(/exists already and is adopted/g)!.length).toBeGreaterThanOrEqual(2);
    expect(await names()).toEqual(["local-arvika", "local-boras", "local-cimbris", "local-dalarna", "local-malmo"]);
    expect((await projects()).map(({ ref }) => ref)).toEqual(expect.arrayContaining(begun));
    expect(await active()).toEqual(["arvika", "boras", "cimbris", "dalarna", "malmo"]);
    done(await engine.up("--refresh", "--expect-no-changes"));
  });

  it("a lost answer while the list lags: neither the run nor its rerun makes a second project", async () => {
    await engine.declare("hedemora");
    const post = { service: "supabase", method: "POST", path: "^/v1/projects$", times: 1 } as const;
    await engine.addFault({ ...post, action: { kind: "status", status: 504, when: "after", unlistedMs: 15_000 } });
    const output = failed(await engine.up());
    expect(output).toContain("local-hedemora: it is not clear whether Supabase made it; waiting up to 120 s");
    const { ref } = await named("hedemora");
    expect(output).toContain(`Supabase project local-hedemora (${ref}) was made all the same. Run again`);

    // The run itself is cut off and its state lost, so that only the main database's word is left.
    await engine.declare("idre");
    await engine.addFault({ ...post, action: { kind: "drop", when: "after", unlistedMs: 110_000 } });
    const cut = engine.start("up", "--yes", "--skip-preview");
    await expect.poll(() => cut.output(), { timeout: 60_000 }).toContain("local-idre: it is not clear");
    process.kill(-cut.pid, "SIGKILL");
    await cut.ended;
    await loseState(engine);
    expect(await names()).not.toContain("local-idre");
    expect(done(await engine.pulumi("preview"))).toContain("A previous run asked Supabase for local-idre");

    const rerun = done(await engine.up());
    expect(rerun).toMatch(/asked Supabase for local-idre .*: waiting up to \d+ s for the list/);
    expect(rerun).toContain("is adopted");
    expect((await names()).filter((name) => /hedemora|idre/.test(name))).toEqual(["local-hedemora", "local-idre"]);
    expect(await active()).toEqual(expect.arrayContaining(["hedemora", "idre"]));
    done(await engine.up("--expect-no-changes"));
  });

  it("a project of the name that comes up while the run is at work: none is made beside it, and nobody else is held up", async () => {
    await engine.declare("jokkmokk", "kalix");
    const list = { service: "supabase", method: "GET", path: "/organizations/stagesub/projects" } as const;
    // The run's first look waits until the program has planned with what it saw: nothing.
    await engine.addFault({
      ...list,
      times: 1,
      action: { kind: "status", status: 200, body: { projects: await listed() } },
    });
    const ref = await makeByHand("local-jokkmokk");
    const output = failed(await engine.up());
    expect(output).toContain(`Refusing to make a second Supabase project: Supabase project local-jokkmokk (${ref})`);
    expect((await names()).filter((name) => name === "local-jokkmokk")).toHaveLength(1);
    expect(await active()).toContain("kalix");
    await call("DELETE", `/${ref}`);
    done(await engine.up());
    expect(await active()).toContain("jokkmokk");
  });

  it("a project that comes up too late, never, or before its pooler knows it: words, and none is made beside it", async () => {
    await engine.declare("eslov");
    const [usual, short] = [
      "pulumi.secret(password),\n        timeouts,",
      'pulumi.secret(password),\n        timeouts: name === "eslov" ? { create: "3s", update: "3s" } : timeouts,',
    ];
    await engine.checkout.edit("infra/components/tenantDatabase.ts", usual, short);
    const lie = (status: string): FaultSpec => ({
      service: "supabase",
      method: "GET",
      path: "^/v1/projects/[a-z]{20}$",
      action: { kind: "status", status: 200, body: { name: "local-eslov", region: "eu-north-1", status } },
    });
    await engine.addFault(lie("COMING_UP"));
    expect(failed(await engine.up())).toContain("COMING_UP");
    const { ref } = await named("eslov");
    await engine.clearFaults();

    await engine.addFault(lie("INIT_FAILED"));
    expect(failed(await engine.up())).toMatch(
      new RegExp(
        `Supabase project local-eslov \\(${ref}\\) never came up \\(INIT_FAILED\\).*\\s*Delete it at .*${ref}`,
      ),
    );
    await engine.clearFaults();

    await engine.addFault({ service: "router", path: ref, times: 3, action: { kind: "status", status: 500 } });
    done(await engine.up());
    expect((await projects()).filter(({ name }) => name === "local-eslov").map((project) => project.ref)).toEqual([
      ref,
    ]);
    expect(await active()).toContain("eslov");
    done(await engine.up("--expect-no-changes"));
  });

  it("paused, and deleted by hand: a preview says so, `up` stops these two alone, and there is a way out of each", async () => {
    const [a, e] = [await named("arvika"), await named("eslov")];
    await call("POST", `/${a.ref}/pause`);
    await call("DELETE", `/${e.ref}`);
    await expect.poll(async () => (await named("arvika")).status).toBe("INACTIVE");

    const paused = `Supabase project local-arvika (${a.ref}) is paused (INACTIVE)`;
    const gone = `Supabase project local-eslov (${e.ref}) is in the state and no longer`;
    const preview = done(await engine.pulumi("preview"));
    expect(preview).toContain(paused);
    expect(preview).toContain(gone);

    await engine.declare("falun");
    const output = failed(await engine.up());
    expect(output).toContain(paused);
    expect(output).toContain(gone);
    expect(await active()).toContain("falun");
    expect(await names()).not.toContain("local-eslov");

    await call("POST", `/${a.ref}/restore`);
    await expect.poll(async () => (await named("arvika")).status).toBe("ACTIVE_HEALTHY");
    const project = (await engine.state()).find(({ type, id }) => type.endsWith(":Project") && id === e.ref)!;
    done(await engine.pulumi("state", "delete", project.urn, "--target-dependents", "--force", "--yes"));
    done(await engine.up());
    expect((await named("eslov")).ref).not.toBe(e.ref);
    expect(await names()).toHaveLength(11);
    done(await engine.up("--expect-no-changes"));
  });

  it("a project of our name that somebody else made is not taken over, and its password is not touched", async () => {
    const ref = await makeByHand("local-gislaved");
    await engine.declare("gislaved");
    const output = failed(await engine.up());
    expect(output).toContain(`Refusing to take over Supabase project local-gislaved (${ref})`);
    const log = await readFile(path.join(engine.cloud.dir, "cloud.log"), "utf8");
    expect(log).not.toContain(`PATCH /v1/projects/${ref}`);
    expect((await engine.state()).filter(({ id }) => id === ref)).toEqual([]);

    const { code, stdout } = await engine.orchestra("orphans", "--json");
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ orphans: [{ ref, name: "local-gislaved", next: "adopted" }] });

    const twin = await makeByHand("local-gislaved");
    const refused = failed(await engine.pulumi("preview"));
    expect(refused).toContain(`${ref} (`);
    expect(refused).toContain(`${twin} (`);
    await call("DELETE", `/${ref}`);
    await call("DELETE", `/${twin}`);
  });

  it("another region is refused at preview, with both values, before anything is asked for", async () => {
    await engine.checkout.edit(stackFile, "region: eu-north-1", "region: eu-west-1");
    const output = failed(await engine.pulumi("preview"));
    expect(output).toContain("Expected stagesub:supabase.region eu-north-1, where it is; got eu-west-1");
    await engine.checkout.edit(stackFile, "region: eu-west-1", "region: eu-north-1");
    done(await engine.up());
    expect((await engine.orchestra("orphans")).code).toBe(0);
  });

  it("networks that the stack file named and names no more are open again with the next `up`", async () => {
    const { ref } = await named("malmo");
    const open = { dbAllowedCidrs: ["0.0.0.0/0"], dbAllowedCidrsV6: ["::/0"] };
    const networks = async () =>
      (JSON.parse(await call("GET", `/${ref}/network-restrictions`)) as { config: object }).config;
    const [plain, shut] = [
      "region: eu-north-1,",
      'region: eu-north-1, networkRestrictions: ["2001:DB8::1/32", 203.0.113.0/24],',
    ];
    expect(await networks()).toEqual(open);

    await engine.checkout.edit(stackFile, plain, shut);
    done(await engine.up());
    expect(await networks()).toEqual({ dbAllowedCidrs: ["203.0.113.0/24"], dbAllowedCidrsV6: ["2001:db8::/32"] });
    await engine.checkout.edit(stackFile, shut, plain);
    done(await engine.up());
    expect(await networks()).toEqual(open);
    done(await engine.up("--refresh", "--expect-no-changes"));
  });
});
