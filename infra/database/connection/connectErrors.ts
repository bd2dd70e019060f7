/** A known kind of connection failure. */
export interface ConnectError {
  /** Set if the failure passes by itself: `soon`, or `slowly` if frequent attempts make the pooler shut this machine out. */
  passes?: "soon" | "slowly";
  /** Advice to the user; left out if only the server's own words help. */
  advice?: string;
}

/**
 * Returns the known kind of an error, `{}` for any other: its advice would be invented.
 *
 * PostgreSQL and Node tell by code. Supabase's pooler says XX000 for nearly everything; since 2026 it puts a code of its own before the
 * text (`Supavisor.Error`: https://github.com/supabase/supavisor/tree/main/lib/supavisor/errors), and before that it had only the text.
 */
export function classifyConnectError(error: unknown): ConnectError {
  const { code = "", message = "" } = error as { code?: string; message?: string };
  const pooler = readPoolerCode(error);
  if (pooler !== undefined) return poolerErrors[pooler] ?? {};
  return codes[code] ?? texts.find(([pattern]) => pattern.test(code + message))?.[1] ?? {};
}

/** Returns the pooler's own code: the one in brackets before its text, or the one that a text of before 2026 means. */
function readPoolerCode(error: unknown): string | undefined {
  const { code = "", message = "" } = error as { code?: string; message?: string };
  if (!/^(XX000|08...)$/.test(code)) return undefined;
  const written = /^\((E[A-Z]+)\) /.exec(message)?.[1];
  if (written !== undefined) return written;
  return code === "XX000" ? wordingsBefore2026.find(([wording]) => wording.test(message))?.[1] : undefined;
}

const wordingsBefore2026: [RegExp, string][] = [
  [/^Tenant or user not found/i, "ENOTFOUND"],
  [/^Max client connections reached/i, "EMAXCONN"],
  [/^MaxClientsInSessionMode/i, "EMAXCONNSESSION"],
  [/^Max pools count reached/i, "EMAXPOOLSREACHED"],
  [/^Address not in tenant allow_list/i, "EADDRNOTALLOWED"],
  [/^Unable to check ?out (process|connection) from the pool/i, "ECHECKOUTTIMEOUT"],
  [/^Failed to retrieve database credentials|^Authentication query failed/i, "EAUTHQUERY"],
  [/^Circuit ?breaker open/i, "ECIRCUITBREAKER"],
  [/^SSL connection is required/i, "ESSLREQUIRED"],
];

const full = "No connection is free: wait, or raise the pool's size.";
const starting = "The pooler is not ready for this project: wait and run again.";

const poolerErrors: Record<string, ConnectError> = {
  ENOTFOUND: {
    passes: "soon",
    advice: "The pooler does not know this project or role: check the host and the user's .ref, or wait and run again.",
  },
  ENOIDENTIFIER: { advice: "The pooler tells projects by the user: expected <role>.<project ref>." },
  EADDRNOTALLOWED: {
    advice:
      "The project's network restrictions do not let this machine's address in: add it (stagesub:supabase.networkRestrictions in the " +
      "stack file; for other databases Project → Database settings → Network restrictions).",
  },
  EMAXCONN: { passes: "soon", advice: full },
  EMAXCONNSESSION: { passes: "soon", advice: full },
  EMAXPOOLSREACHED: { passes: "soon", advice: full },
  ECHECKOUTTIMEOUT: { passes: "soon", advice: full },
  ...Object.fromEntries(
    // The pooler's errors about its own processes and about reaching a database that is starting.
    [
      ...["EAUTHTIMEOUT", "ECHECKOUTRETRIES", "EDBHANDLEREXITED", "EPOOLCHECKOUT", "EPOOLCONFIGNOTFOUND"],
      ...["EPOOLRANCHNOTFOUND", "EPROXYSTARTFAILED", "EPROXYSUPERVISORUNAVAILABLE", "ESUBSCRIBERETRIES"],
      "EWORKERNOTFOUND",
    ].map((code): [string, ConnectError] => [code, { passes: "soon", advice: starting }]),
  ),
  // Five failures in five minutes make the pooler refuse everybody for half a minute.
  EAUTHQUERY: { passes: "slowly" },
  EAUTHSECRETS: { passes: "slowly" },
  ECIRCUITBREAKER: {
    advice:
      "The pooler shuts this machine out after too many refused passwords or failed look-ups: wait two minutes, then run again.",
  },
  ESSLREQUIRED: { advice: "The project takes TLS alone, and to this machine itself the connection goes in clear." },
};

const startingServer: ConnectError = {
  passes: "soon",
  advice: "The server is starting or stopping: wait and run again.",
};
const unreachable: ConnectError = {
  advice: "No way there from this machine: Supabase's direct host is IPv6 only, the session pooler is not.",
};
const unknownHost: ConnectError = { advice: "No such host: check its name and this machine's DNS." };
const refusedLogin: ConnectError = { advice: "The server does not accept this login: check user and password." };

/** By SQLSTATE, Node's code or our own (SILENT). */
const codes: Record<string, ConnectError> = {
  ECONNREFUSED: { passes: "soon", advice: "Nothing listens there: check host and port, or start the server." },
  "57P01": startingServer,
  "57P03": startingServer,
  "28P01": refusedLogin,
  "28000": refusedLogin,
  "3D000": { advice: "Check the database's name." },
  "53300": { passes: "soon", advice: full },
  ENOTFOUND: unknownHost,
  EAI_AGAIN: unknownHost,
  ENETUNREACH: unreachable,
  EHOSTUNREACH: unreachable,
  EADDRNOTAVAIL: unreachable,
  ERR_TLS_CERT_ALTNAME_INVALID: {
    advice:
      "The certificate is another server's, so nothing was sent: check the host, or give the server a certificate with this name.",
  },
  CERT_HAS_EXPIRED: {
    advice: "The server's certificate has ended, so nothing was sent: renew it there, or set this machine's clock.",
  },
  SILENT: {
    advice:
      "Something listens there and does not answer: a server that hangs, or no PostgreSQL. Check host and port, restart the server, then run again.",
  },
  ETIMEDOUT: { advice: "Check host, port, firewall and the project's network restrictions." },
};

/** Errors without a code of their own: OpenSSL's other refusals, and errors of `pg` itself. */
const texts: [RegExp, ConnectError][] = [
  [
    /certificate|SELF_SIGNED|UNABLE_TO/i,
    {
      advice:
        "The certificate could not be verified: give the server's authority (stagesub:supabase.caFile in the stack file). The check is never skipped.",
    },
  ],
  [/does not support SSL/i, { advice: "The server must offer TLS: outside this machine nothing goes in clear." }],
  [/establishing an SSL connection/i, { advice: "What answers there is no PostgreSQL: check host and port." }],
];
