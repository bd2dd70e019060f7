import { createServer } from "node:https";
import type { AddressInfo } from "node:net";

import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";

import { callApi } from "../../../infra/cloud/callApi.ts";
import { createCertificate } from "../../support/certificates.ts";

const token = "sbp_t0ken-Secret";

/** The way to an API: which endpoints the token is sent to. It does not prove what the official providers do by themselves. */
describe("an API's endpoint", () => {
  afterEach(() => vi.unstubAllEnvs());

  const messageOf = async (baseUrl: string) => {
    const call = callApi({ service: "Supabase", baseUrl, token, method: "GET", path: "/v1/projects", patienceMs: 0 });
    const error = await call.then(
      () => undefined,
      (thrown: unknown) => thrown as Error,
    );
    return error?.message;
  };

  it("is refused where the token would go in clear to another machine", async () => {
    const fetched = vi.spyOn(globalThis, "fetch");
    onTestFinished(() => fetched.mockRestore());
    const messages = await Promise.all(
      [
        "http://api.supabase.com",
        "http://127.0.0.1.evil.example",
        "http://localhost.evil.example/",
        "http://0.0.0.0:1",
        `http://user:${token}@10.0.0.1:8080/x`,
        "ftp://api.supabase.com",
        `${token}, pasted by mistake`,
      ].map(messageOf),
    );
    expect(fetched).not.toHaveBeenCalled();
    expect(JSON.stringify(messages)).not.toContain(token);
    expect(messages).toMatchInlineSnapshot(`
      [
        "Refusing to send the Supabase token to http://api.supabase.com in clear: expected an https:// endpoint (http:// only for 127.0.0.1 or localhost).",
        "Refusing to send the Supabase token to http://127.0.0.1.evil.example in clear: expected an https:// endpoint (http:// only for 127.0.0.1 or localhost).",
        "Refusing to send the Supabase token to http://localhost.evil.example in clear: expected an https:// endpoint (http:// only for 127.0.0.1 or localhost).",
        "Refusing to send the Supabase token to http://0.0.0.0:1 in clear: expected an https:// endpoint (http:// only for 127.0.0.1 or localhost).",
        "Refusing to send the Supabase token to http://10.0.0.1:8080 in clear: expected an https:// endpoint (http:// only for 127.0.0.1 or localhost).",
        "Refusing to send the Supabase token to ftp://api.supabase.com in clear: expected an https:// endpoint (http:// only for 127.0.0.1 or localhost).",
        "Expected Supabase's endpoint as a URL such as https://api.example.com, got text that is none.",
      ]
    `);
  });

  it("is taken without TLS on this machine alone", async () => {
    for (const host of ["127.0.0.1", "127.1", "localhost", "[::1]"])
      expect(await messageOf(`http://${host}:1`), host).toMatch(/got no answer/);
  });

  it("is refused whose certificate nobody known has signed, at once, and the token stays here", async () => {
    let received = "";
    const server = createServer(await createCertificate("localhost"), (request, response) => {
      received += JSON.stringify(request.headers);
      response.end("[]");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const baseUrl = `https://localhost:${port}`;
    expect((await messageOf(baseUrl))!.replaceAll(String(port), "PORT")).toMatchInlineSnapshot(
      `"Supabase: GET /v1/projects got no answer (DEPTH_ZERO_SELF_SIGNED_CERT). The certificate of https://localhost:PORT could not be verified, so the token was not sent: check the endpoint and this machine's clock; an authority of your own is trusted through NODE_EXTRA_CA_CERTS=<file>."`,
    );

    // Node would go on unchecked: https://nodejs.org/api/cli.html#node_tls_reject_unauthorizedvalue
    vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
    expect(await messageOf(baseUrl)).toMatchInlineSnapshot(
      `"Refusing to send the Supabase token while NODE_TLS_REJECT_UNAUTHORIZED=0 turns the checking of certificates off. Unset it; an authority of your own is trusted through NODE_EXTRA_CA_CERTS=<file>."`,
    );
    expect(received).toBe("");
  });
});
