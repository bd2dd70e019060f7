import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseStack } from "../../../infra/config/parseStack.ts";
import { bodyOf, goodFile, parse, read, refusalOf, spoil } from "./stackFile.ts";

describe("parseStack", () => {
  it("fills in every default", () => {
    const text = spoil(
      ["  stagesub:pool: { spares: 2, max: 20, retired: [2] }\n", ""],
      ["  stagesub:rollout: { canary: [malmo] }\n", ""],
    );
    const {
      domain: _d,
      cloudflare: _c,
      adopted: _a,
      orchestras,
      stack: _s,
      key: _k,
      databaseUrl: _u,
      ...rest
    } = parse(text);
    expect(orchestras["orebro"]!.state).toBeUndefined();
    expect(rest).toEqual({
      keyVersion: 1,
      backup: { maxAge: "24h", automatic: false },
      app: {
        target: "cname.vercel-dns.com",
        proxied: false,
        url: "https://{host}",
        urlParameters: "pgbouncer=true&connection_limit=1&sslmode=require",
      },
      supabase: {
        organization: "stagesub",
        region: "eu-north-1",
        size: "micro",
        connect: "session",
        protect: true,
        networkRestrictions: ["0.0.0.0/0", "::/0"],
      },
      pool: { spares: 0, max: 20, retired: [] },
      rollout: { canary: [], waves: [], onError: "stop" },
    });
  });

  it("takes every key of backups, the rollout and an orchestra's life", () => {
    const rollout = "{ canary: [malmo], waves: [[orebro]], onError: continue, staging: { stack: staging } }";
    const backup = "  stagesub:backup: { maxAge: 7d, automatic: true }\n  stagesub:pool:";
    const state = (text: string): [string, string] => [
      "database: adopted\n",
      `database: adopted\n      state: ${text}\n`,
    ];
    const life = state("retired\n      protect: false");
    const config = parse(spoil(["{ canary: [malmo] }", rollout], ["  stagesub:pool:", backup], life));
    expect(config.rollout).toEqual({
      canary: ["malmo"],
      waves: [["orebro"]],
      onError: "continue",
      staging: { stack: "staging", unproven: [] },
    });
    expect(config.backup).toEqual({ maxAge: "7d", automatic: true });
    expect(config.orchestras["gavle"]).toMatchObject({ state: "retired", protect: false });
    for (const each of ["active", "suspended"]) expect(parse(spoil(state(each))).orchestras["gavle"]!.state).toBe(each);
  });

  it("leaves backups out for a run that was told to go without, and by that word alone", () => {
    expect(parseStack(read(goodFile), { backupCheck: "skip" }).backup).toBeUndefined();
    expect(bodyOf(refusalOf(() => parseStack(read(goodFile), { backupCheck: "no" })))).toMatchInlineSnapshot(`
      "STAGESUB_BACKUP_CHECK  (stacks/Pulumi.production.yaml:1:1)
        expected: skip, or no such variable
        got:      the environment variable's value (not shown)
        why:      it knows one word
        do this:  write it like skip"
    `);
  });

  it("takes the main database and the app's address from the environment where the file leaves them out", () => {
    const raw = read(spoil(["  stagesub:databaseUrl: { secure: v1:main }\n", ""]));
    const config = parseStack(raw, {
      databaseUrl: "postgresql://stagesub:pw@127.0.0.1:5432/stagesub",
      appUrl: "http://{host}:8080",
    });
    expect(config.databaseUrl).toBe("postgresql://stagesub:pw@127.0.0.1:5432/stagesub");
    expect(config.app.url).toBe("http://{host}:8080");
  });

  it("prefers what the file says to the environment", () => {
    const file = spoil(["target: cname.vercel-dns.com", "target: cname.vercel-dns.com, url: 'https://{host}/sv'"]);
    const config = parseStack(read(file), {
      databaseUrl: "postgresql://stagesub:pw@127.0.0.1:5432/stagesub",
      appUrl: "http://{host}:8080",
    });
    expect(config.databaseUrl).toContain("stagesub-databaseurl-0.invalid");
    expect(config.app.url).toBe("https://{host}/sv");
  });

  it("takes any printable display name", () => {
    for (const name of ["Orkester 🎻 №1", '\'; DROP TABLE "Orchestra"; --', "أوركسترا", "東京", "A\\nB"]) {
      const config = parse(spoil(["name: Svenska Kammarorkestern", `name: ${JSON.stringify(name)}`]));
      expect(config.orchestras["orebro"]?.name).toBe(name);
    }
  });

  it("takes e-mail addresses at a domain with å, ä and ö", () => {
    const config = parse(spoil(["asa@example.se", "asa+noter@gävle-orkester.se"]));
    expect(config.orchestras["gavle"]?.contact.email).toBe("asa+noter@gävle-orkester.se");
  });

  it("takes a stack without orchestras", () => {
    const file = goodFile.slice(0, goodFile.indexOf("    malmo:"));
    const empty = file
      .replace("stagesub:orchestras:", "stagesub:orchestras: {}")
      .replace(/.*stagesub:adopted.*\n/, "")
      .replace("canary: [malmo]", "canary: []");
    expect(parse(empty).orchestras).toEqual({});
  });

  it("takes ids that are properties of every JavaScript object", () => {
    const config = parse(spoil(["    orebro:", "    constructor:"]));
    expect(Object.keys(config.orchestras)).toContain("constructor");
    expect(refusalOf(() => parse(spoil(["    orebro:", "    __proto__:"]))).problems).toHaveLength(1);
  });

  it("ignores the configuration of providers", () => {
    expect(parse(`${goodFile}  cloudflare:baseUrl: http://127.0.0.1:1\n`).domain).toBe("stagesub.com");
  });

  it("reports every problem at once, in the order of the file", () => {
    const error = refusalOf(() =>
      parse(
        spoil(
          ["domain: stagesub.com", "domain: StageSub.com"],
          ["region: eu-north-1", "region: eu-nort-1"],
          ["canary: [malmo]", "canary: [malmoe]"],
          ["email: kontoret@example.se", "email: kontoret"],
          ["    gavle:\n      name: Gävle Symfoniorkester", "    gavle:\n      subdomain: malmo"],
          ["    orebro:", "    www:"],
          ["      database: pool-3", "      database: pool-2\n      databse: x"],
        ),
      ),
    );
    expect(error.problems.map(({ path, at }) => `${at?.line} ${path}`)).toMatchInlineSnapshot(`
      [
        "2 stagesub:domain",
        "5 stagesub:supabase.region",
        "9 stagesub:rollout.canary[0]",
        "13 stagesub:orchestras.malmo.contact.email",
        "15 stagesub:orchestras.malmo.database",
        "16 stagesub:orchestras.malmo.databse",
        "17 stagesub:orchestras.gavle.name",
        "18 stagesub:orchestras.gavle.subdomain",
        "22 stagesub:orchestras.www",
      ]
    `);
  });

  it("says the same without the file, less the lines", () => {
    const text = spoil(["region: eu-north-1", "region: eu-nort-1"], ["database: pool-3", "database: pool-2"]);
    const { file: _, ...raw } = read(text);
    const withLines = refusalOf(() => parse(text)).problems.map(({ at: __, ...words }) => words);
    expect(refusalOf(() => parseStack(raw, {})).problems).toEqual(expect.arrayContaining(withLines));
  });

  it("accepts every shipped stack file", () => {
    const shipped = readdirSync("stacks").filter((name) => name.startsWith("Pulumi."));
    expect(shipped.length).toBeGreaterThanOrEqual(3);
    for (const name of shipped) {
      const text = readFileSync(`stacks/${name}`, "utf8");
      expect(text.split("\n")[0]).toBe("# yaml-language-server: $schema=schema.json");
      const raw = read(text);
      const config = parseStack(raw, { databaseUrl: "postgresql://stagesub:pw@127.0.0.1:5432/stagesub" });
      expect(Object.keys(config.orchestras)).not.toHaveLength(0);
    }
  });
});
