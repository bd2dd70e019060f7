import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { createServer } from "node:tls";
import { stripVTControlCharacters } from "node:util";
import { promisify } from "node:util";
import { generate } from "selfsigned";
import { describe, expect, it } from "vitest";

import { judgeCertificate } from "../../../scripts/fleet/verify/checkCertificate.ts";
import {
  type CheckResults,
  failed,
  formatResults,
  isHealthy,
  passed,
  skipped,
  warned,
} from "../../../scripts/fleet/verify/checkResult.ts";

describe("judgeCertificate", () => {
  const host = "malmo.stagesub.com";
  const now = Date.parse("2026-11-22T12:00:00Z");
  const judge = (validTo: string, distrust?: string) =>
    judgeCertificate(host, { validTo, names: "DNS:gavle.stagesub.com", ...(distrust && { distrust }) }, now);

  it("holds with fourteen days left and warns with fewer", () => {
    expect(judge("Dec  6 12:00:01 2026 GMT")).toEqual({ state: "ok", seen: "14 days" });
    expect(judge("Dec  6 11:59:59 2026 GMT")).toMatchInlineSnapshot(`
      {
        "reason": "Expected a certificate with 14 days or more, got 13. Look at the certificate in the app's hosting; it is renewed there.",
        "seen": "13 days",
        "state": "warning",
      }
    `);
  });

  it("fails an ended certificate, another's, and one that nobody vouches for", () => {
    const verdicts = [
      judge("Nov 22 11:59:59 2026 GMT", "CERT_HAS_EXPIRED"),
      judge("Feb 20 12:00:00 2027 GMT", "ERR_TLS_CERT_ALTNAME_INVALID"),
      judge("Feb 20 12:00:00 2027 GMT", "DEPTH_ZERO_SELF_SIGNED_CERT"),
    ];
    expect(verdicts).toMatchInlineSnapshot(`
      [
        {
          "reason": "Expected a valid certificate for malmo.stagesub.com; it ended on Nov 22 11:59:59 2026 GMT. Look at the certificate in the app's hosting; it is renewed there.",
          "seen": "expired",
          "state": "failed",
        },
        {
          "reason": "Expected a certificate for malmo.stagesub.com, got one for DNS:gavle.stagesub.com. Add the name to the app's hosting.",
          "seen": "another name",
          "state": "failed",
        },
        {
          "reason": "Expected a certificate for malmo.stagesub.com from an authority that Node trusts, got DEPTH_ZERO_SELF_SIGNED_CERT. Look at the certificate in the app's hosting; it is renewed there.",
          "seen": "not trusted",
          "state": "failed",
        },
      ]
    `);
  });
});

describe("checkCertificate", () => {
  const run = promisify(execFile);

  it(
    "reads what a real server shows: trusted, for another name, by an unknown authority, none",
    { timeout: 60_000 },
    async () => {
      const dir = await mkdtemp(path.join(tmpdir(), "stagesub-tls-"));
      const cert = path.join(dir, "cert.pem");
      const made = await generate([{ name: "commonName", value: "test" }], {
        keyType: "ec",
        notAfterDate: new Date(Date.now() + 40 * 86_400_000),
        extensions: [{ name: "subjectAltName", altNames: [{ type: 2, value: "*.stagesub.com" }] }],
      });
      await writeFile(cert, made.cert);
      const server = createServer({ key: made.private, cert: made.cert }).listen(0, "127.0.0.1");
      await once(server, "listening");
      const { port } = server.address() as AddressInfo;
      const script = `import("./scripts/fleet/verify/checkCertificate.ts").then(async ({ checkCertificate: check }) => {
      const at = { address: "127.0.0.1", port: ${port} };
      console.log(JSON.stringify([
        await check({ host: "malmo.stagesub.com", ...at }), await check({ host: "malmo.example.com", ...at }),
        await check({ host: "malmo.stagesub.com", ...at, port: 9 })]));
    })`;
      // Node reads whom to trust when it starts.
      const look = async (env: Record<string, string>) => {
        const options = { env: { ...process.env, ...env } };
        const { stdout } = await run(process.execPath, ["--import", "tsx", "-e", script], options);
        return (JSON.parse(stdout) as { seen: string }[]).map(({ seen }) => seen);
      };
      try {
        expect(await look({ NODE_EXTRA_CA_CERTS: cert })).toEqual(["39 days", "another name", "none"]);
        expect(await look({ NODE_EXTRA_CA_CERTS: "" })).toEqual(["not trusted", "not trusted", "none"]);
      } finally {
        server.close();
        await rm(dir, { recursive: true });
      }
    },
  );
});

describe("formatResults", () => {
  it("shows a row an orchestra, a column a check, and the reasons below", () => {
    const found = new Map<string, CheckResults>([
      [
        "malmo",
        { DNS: passed("target"), TLS: warned("9 days", "Expected 14 days, got 9."), page: passed("login page") },
      ],
      ["gavle", { DNS: failed("no record", "Expected a record."), TLS: skipped("DNS"), page: skipped("DNS") }],
    ]);
    expect(stripVTControlCharacters(formatResults(found))).toMatchInlineSnapshot(`
      "┌───────────┬─────────────┬───────────┬──────────────┐
      │ orchestra │ DNS         │ TLS       │ page         │
      ├───────────┼─────────────┼───────────┼──────────────┤
      │ malmo     │ ✓ target    │ ! 9 days  │ ✓ login page │
      │ gavle     │ ✗ no record │ – see DNS │ – see DNS    │
      └───────────┴─────────────┴───────────┴──────────────┘

      malmo, TLS: Expected 14 days, got 9.
      gavle, DNS: Expected a record."
    `);
    expect([...found.values()].map(isHealthy)).toEqual([true, false]);
  });
});
