/**
 * One sentence on what failed and one on what to do. The password cannot be in it: neither `pg` nor the server repeats
 * passwords, and the rest is written here.
 */
export function explainConnectError(address: { host: string; port: number; user: string }, error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  const where = `${address.host}:${address.port} as ${address.user}`;
  const what =
    code && code !== "SILENT" && !message?.includes(code) ? `${message} (${code})` : (message ?? String(error));
  return `Cannot connect to ${where}: ${what}. ${adviceFor(code ?? "", message ?? "")}`;
}

function adviceFor(code: string, message: string): string {
  if (/tenant or user not found/i.test(message))
    return "The pooler does not know this project or role: check the host and the user's .ref, or wait and run again.";
  if (code === "ECONNREFUSED") return "Nothing listens there: check host and port, or start the server.";
  if (code === "57P03") return "The server is starting or stopping: wait and run again.";
  if (code === "28P01" || code === "28000") return "The server does not accept this login: check user and password.";
  if (/circuit ?breaker/i.test(message))
    return "The pooler shuts this machine out after too many refused passwords: wait two minutes, then run again.";
  if (code === "3D000") return "Check the database's name.";
  if (code === "53300" || /max clients/i.test(message)) return "No connection is free: wait, or raise the pool's size.";
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return "No such host: check its name and this machine's DNS.";
  if (code === "ENETUNREACH" || code === "EHOSTUNREACH" || code === "EADDRNOTAVAIL")
    return "No way there from this machine: Supabase's direct host is IPv6 only, the session pooler is not.";
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID")
    return "The certificate is another server's, so nothing was sent: check the host, or give the server a certificate with this name.";
  if (code === "CERT_HAS_EXPIRED")
    return "The server's certificate has ended, so nothing was sent: renew it there, or set this machine's clock.";
  if (/certificate|SELF_SIGNED|UNABLE_TO/i.test(code + message))
    return "The certificate could not be verified: give the server's authority (stagesub:supabase.caFile in the stack file). The check is never skipped.";
  if (/does not support SSL/i.test(message))
    return "The server must offer TLS: outside this machine nothing goes in clear.";
  if (/establishing an SSL connection/i.test(message))
    return "What answers there is no PostgreSQL: check host and port.";
  if (code === "SILENT")
    return "Something listens there and does not answer: a server that hangs, or no PostgreSQL. Check host and port, restart the server, then run again.";
  if (code === "ETIMEDOUT" || /timeout/i.test(message))
    return "Check host, port, firewall and the project's network restrictions.";
  return "Check host, port, user and password.";
}
