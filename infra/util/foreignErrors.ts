/**
 * Recognizes the errors of other programs that have no code of their own, by their texts: this file is the only one that matches such a text. A test
 * finds the texts of `pg` in the installed package.
 */
interface ForeignError {
  code?: string;
  message?: string;
}

const pgTexts = {
  connectTimeout: "timeout expired",
  queryTimeout: "Query read timeout",
  connectionLost: ["Connection terminated", "is not queryable"],
  noTls: "The server does not support SSL connections",
  noPostgres: "There was an error establishing an SSL connection",
};

/** Every text by which errors of `pg` are recognized. */
export const textsOfPg = Object.values(pgTexts).flat();

/** Tells whether `pg` got no connection within its limit. */
export function isConnectTimeout({ message }: ForeignError): boolean {
  return message === pgTexts.connectTimeout;
}

/** Tells whether a statement got no answer within the limit of `pg`. */
export function isQueryTimeout({ message }: ForeignError): boolean {
  return message === pgTexts.queryTimeout;
}

/** Tells whether `pg` has lost its connection. */
export function isClientGone({ message = "" }: ForeignError): boolean {
  return pgTexts.connectionLost.some((text) => message.includes(text));
}

/** Returns the reason why `pg` got no TLS: the server offers none, or is no PostgreSQL. */
export function findTlsRefusal({ message }: ForeignError): "NO_TLS" | "NO_POSTGRES" | undefined {
  if (message === pgTexts.noTls) return "NO_TLS";
  return message === pgTexts.noPostgres ? "NO_POSTGRES" : undefined;
}

/**
 * Tells whether a server's certificate did not pass. OpenSSL's codes (https://nodejs.org/api/tls.html#x509-certificate-error-codes) are many
 * and grow in number.
 */
export function isCertificateError({ code = "" }: ForeignError): boolean {
  return /CERT|SIGNATURE|^UNABLE_TO_|^INVALID_(CA|PURPOSE)$|^PATH_LENGTH_EXCEEDED$/.test(code);
}

/**
 * Returns the code of Supabase's pooler. Its SQLSTATE is XX000 for nearly everything; since 2026 it puts a code of its own before the text
 * (`Supavisor.Error`: https://github.com/supabase/supavisor/tree/main/lib/supavisor/errors), and before that it had only the text.
 */
export function readPoolerCode({ code = "", message = "" }: ForeignError): string | undefined {
  if (!/^(XX000|08...)$/.test(code)) return undefined;
  const written = /^\((E[A-Z]+)\) /.exec(message)?.[1];
  if (written !== undefined || code !== "XX000") return written;
  return poolerTextsBefore2026.find(([text]) => text.test(message))?.[1];
}

const poolerTextsBefore2026: [RegExp, string][] = [
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

/**
 * Tells whether an error of the official Supabase provider says that the API refused to make a project. A 408 leaves it open, and so does a
 * status that a look at the new project was answered with. The engine hands on an error's text alone.
 */
export function isRefusedProject(text: string): boolean {
  return /\bUnable to create project, got status 4(?!08)\d\d\b/.test(text);
}

/** Tells whether the engine reports that a hook of this program stopped a resource before its creation. */
export function isStoppedByHook(text: string, hook: string): boolean {
  return text.includes(`before hook "${hook}" failed`);
}
