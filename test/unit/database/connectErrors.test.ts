import { describe, expect, it } from "vitest";

import { classifyConnectError, explainConnectError } from "../../../infra/database/connection/connectErrors.ts";

const pooler = (message: string, code = "XX000") => Object.assign(new Error(message), { code });
const address = { host: "pooler.example", port: 5432, user: "postgres.abcdefghijklmnopqrst" };

/** The texts are Supavisor's own: those of its main branch of 2026-08, and those of v2.5 to v2.8. It does not prove which of them Supabase runs. */
describe("an error while connecting", () => {
  it.each([
    "(ENOTFOUND) tenant/user postgres.abcdefghijklmnopqrst not found",
    "Tenant or user not found",
    "(EMAXCONN) max client connections reached, limit: 200",
    "Max client connections reached",
    "(EMAXCONNSESSION) max clients reached in session mode - max clients are limited to pool_size: 15",
    "MaxClientsInSessionMode: max clients reached - in Session mode max clients are limited to pool_size",
    "(EMAXPOOLSREACHED) max pools count reached",
    "Max pools count reached",
    "(ECHECKOUTTIMEOUT) unable to check out connection from the pool after 60000ms in Session mode",
    "Unable to check out process from the pool due to timeout",
    "(ESUBSCRIBERETRIES) failed to subscribe to tenant after multiple retries. Terminating",
    "(EDBHANDLEREXITED) DbHandler exited. Check logs for more information",
  ])("passes by itself: %s", (message) => {
    expect(classifyConnectError(pooler(message)).passes).toBe("soon");
  });

  it("passes by itself where the server starts or stops, and where the pooler's first answer is late", () => {
    for (const code of ["57P01", "57P03", "53300"]) expect(classifyConnectError(pooler("x", code)).passes).toBe("soon");
    expect(classifyConnectError(pooler("(EAUTHTIMEOUT) timeout while waiting for message", "08006")).passes).toBe(
      "soon",
    );
  });

  it("is asked about again only slowly where each failure counts against this machine", () => {
    const message = "(EAUTHQUERY) authentication query failed: connection to database not available";
    expect(classifyConnectError(pooler(message)).passes).toBe("slowly");
    const blocked = "(ECIRCUITBREAKER) too many authentication failures, new connections are temporarily blocked";
    expect(classifyConnectError(pooler(blocked)).passes).toBeUndefined();
    expect(explainConnectError(address, pooler(blocked))).toContain("wait two minutes");
  });

  it.each([
    "(EADDRNOTALLOWED) address not in tenant allow_list: {203, 0, 113, 7}",
    "Address not in tenant allow_list: {203, 0, 113, 7}",
  ])("names the network restrictions: %s", (message) => {
    expect(explainConnectError(address, pooler(message))).toMatch(/\{203, 0, 113, 7\} .*network restrictions/);
    expect(classifyConnectError(pooler(message)).passes).toBeUndefined();
  });

  it.each([
    ["(EBANNED) tenant is banned: unpaid", "XX000"],
    ["(ENEWINSUPAVISOR4) something of next year", "XX000"],
    ["Something that nobody has met", "XX000"],
    ["no pg_hba.conf entry of a fashion not met", "42P99"],
  ])("shows the server's own words alone where its kind is unknown: %s", (message, code) => {
    expect(explainConnectError(address, pooler(message, code))).toBe(
      `Cannot connect to pooler.example:5432 as postgres.abcdefghijklmnopqrst: ${message} (${code}).`,
    );
    expect(classifyConnectError(pooler(message, code))).toEqual({});
  });

  it("keeps the pooler's ENOTFOUND and Node's apart, and believes a bracket of nobody but a server", () => {
    const node = Object.assign(new Error("getaddrinfo ENOTFOUND pooler.example"), { code: "ENOTFOUND" });
    expect(classifyConnectError(node)).toEqual({ advice: expect.stringContaining("No such host") as string });
    const local = Object.assign(new Error("(EMAXCONN) of another program"), { code: "EPIPE" });
    expect(classifyConnectError(local)).toEqual({});
  });
});
