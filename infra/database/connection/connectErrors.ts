import { findTlsRefusal, isCertificateError, readPoolerCode } from "../../util/foreignErrors.ts";

/** A known kind of connection failure. */
export interface ConnectError {
  /** Set if the failure passes by itself: `slowly` if frequent attempts make the pooler shut this machine out. */
  passes?: "soon" | "slowly";
  /** Advice to the user; left out if only the server's own words help. */
  advice?: string;
}

/** Returns the known kind of an error, `{}` for any other: its advice would be invented. */
export function classifyConnectError(error: unknown): ConnectError {
  const failure = error as { code?: string };
  const pooler = readPoolerCode(failure);
  if (pooler !== undefined) return poolerErrors[pooler] ?? {};
  const code = findTlsRefusal(failure) ?? failure.code ?? "";
  return codes[code] ?? (isCertificateError(failure) ? unknownAuthority : {});
}

/**
 * Returns one sentence on the failure, in the server's own words, and one of advice if its kind is known. The text never holds the
 * password: neither `pg` nor the server repeats passwords, and the rest is written here.
 */
export function explainConnectError(address: { host: string; port: number; user: string }, error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  const where = `${address.host}:${address.port} as ${address.user}`;
  const reason =
    code && code !== "SILENT" && !message?.includes(code) ? `${message} (${code})` : (message ?? String(error));
  const { advice } = classifyConnectError(error);
  return `Cannot connect to ${where}: ${reason}.${advice === undefined ? "" : ` ${advice}`}`;
}

const full: ConnectError = { passes: "soon", advice: "No connection is free: wait, or raise the pool's size." };
const poolerStarting: ConnectError = {
  passes: "soon",
  advice: "The pooler is not ready for this project: wait and run again.",
};

/** By the pooler's own code. */
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
  EMAXCONN: full,
  EMAXCONNSESSION: full,
  EMAXPOOLSREACHED: full,
  ECHECKOUTTIMEOUT: full,
  // The pooler's errors about its own processes and about reaching a database that is starting.
  EAUTHTIMEOUT: poolerStarting,
  ECHECKOUTRETRIES: poolerStarting,
  EDBHANDLEREXITED: poolerStarting,
  EPOOLCHECKOUT: poolerStarting,
  EPOOLCONFIGNOTFOUND: poolerStarting,
  EPOOLRANCHNOTFOUND: poolerStarting,
  EPROXYSTARTFAILED: poolerStarting,
  EPROXYSUPERVISORUNAVAILABLE: poolerStarting,
  ESUBSCRIBERETRIES: poolerStarting,
  EWORKERNOTFOUND: poolerStarting,
  // Five failures in five minutes make the pooler refuse everybody for half a minute.
  EAUTHQUERY: { passes: "slowly" },
  EAUTHSECRETS: { passes: "slowly" },
  ECIRCUITBREAKER: {
    advice:
      "The pooler shuts this machine out after too many refused passwords or failed look-ups: wait two minutes, then run again.",
  },
  ESSLREQUIRED: { advice: "The project takes TLS alone, and to this machine itself the connection goes in clear." },
};

const serverStarting: ConnectError = {
  passes: "soon",
  advice: "The server is starting or stopping: wait and run again.",
};
const unreachable: ConnectError = {
  advice: "No way there from this machine: Supabase's direct host is IPv6 only, the session pooler is not.",
};
const unknownHost: ConnectError = { advice: "No such host: check its name and this machine's DNS." };
const refusedLogin: ConnectError = { advice: "The server does not accept this login: check user and password." };
const unknownAuthority: ConnectError = {
  advice:
    "The certificate could not be verified: give the server's authority (stagesub:supabase.caFile in the stack file). The check is never skipped.",
};

/** By SQLSTATE, Node's code, or this program's own: NO_TLS, NO_POSTGRES, SILENT. */
const codes: Record<string, ConnectError> = {
  ECONNREFUSED: { passes: "soon", advice: "Nothing listens there: check host and port, or start the server." },
  "57P01": serverStarting,
  "57P03": serverStarting,
  "28P01": refusedLogin,
  "28000": refusedLogin,
  "3D000": { advice: "Check the database's name." },
  "53300": full,
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
    advice: "The server's certificate has expired, so nothing was sent: renew it there, or set this machine's clock.",
  },
  NO_TLS: { advice: "The server must offer TLS: outside this machine nothing goes in clear." },
  NO_POSTGRES: { advice: "No PostgreSQL answers there: check host and port." },
  SILENT: {
    advice:
      "Something listens there and does not answer: a server that hangs, or no PostgreSQL. Check host and port, restart the server, then run again.",
  },
  ETIMEDOUT: { advice: "Check host, port, firewall and the project's network restrictions." },
};
