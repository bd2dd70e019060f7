import { type ConnectionOptions, type PeerCertificate, connect } from "node:tls";

import { type CheckResult, failed, passed, warned } from "./checkResult.ts";

const day = 86_400_000;
/** Hosts renew a month before the end; with two weeks left, renewal is failing. */
const warnDays = 14;

/** Checks that the server at `address` shows a certificate that a browser accepts for `host`, and for how long. */
export async function checkCertificate(at: { host: string; address: string; port: number }): Promise<CheckResult> {
  const shown = await readCertificate(at).catch((error: Error) => error);
  if (shown instanceof Error)
    return failed(
      "none",
      `Expected a TLS certificate for ${at.host}; the server at ${at.address}:${at.port} shows none (${shown.message}). ` +
        "Add the name, or its wildcard, to the app's hosting.",
    );
  return judgeCertificate(at.host, shown, Date.now());
}

export interface ShownCertificate {
  /** Why it is not trusted, such as CERT_HAS_EXPIRED; left out: it is. */
  distrust?: string;
  /** The names that it is for: "DNS:*.stagesub.com". */
  names: string;
  /** As OpenSSL writes it: "Feb 20 12:00:00 2027 GMT". */
  validTo: string;
}

/** Judges a certificate as of `now`. */
export function judgeCertificate(
  host: string,
  { distrust, names, validTo }: ShownCertificate,
  now: number,
): CheckResult {
  const days = Math.floor((Date.parse(validTo) - now) / day);
  const renew = "Look at the certificate in the app's hosting; it is renewed there.";
  if (days < 0) return failed("expired", `Expected a valid certificate for ${host}; it ended on ${validTo}. ${renew}`);
  if (distrust === "ERR_TLS_CERT_ALTNAME_INVALID")
    return failed(
      "another name",
      `Expected a certificate for ${host}, got one for ${names}. Add the name to the app's hosting.`,
    );
  if (distrust !== undefined)
    return failed(
      "not trusted",
      `Expected a certificate for ${host} from an authority that Node trusts, got ${distrust}. ${renew}`,
    );
  if (days < warnDays)
    return warned(`${days} days`, `Expected a certificate with ${warnDays} days or more, got ${days}. ${renew}`);
  return passed(`${days} days`);
}

/** Reads a certificate without trusting it: the trust is the question. Nothing is sent. */
function readCertificate({ host, address, port }: { host: string; address: string; port: number }) {
  return new Promise<ShownCertificate>((resolve, reject) => {
    const options: ConnectionOptions = { host: address, port, servername: host, rejectUnauthorized: false };
    const socket = connect({ ...options, timeout: 10_000 }, () => {
      const certificate: Partial<PeerCertificate> = socket.getPeerCertificate();
      const distrust = socket.authorizationError as Error | string | undefined | null;
      const code = distrust instanceof Error ? ((distrust as { code?: string }).code ?? distrust.message) : distrust;
      socket.destroy();
      resolve({
        ...(code && { distrust: code }),
        names: certificate.subjectaltname ?? [certificate.subject?.CN ?? "nobody"].flat().join(", "),
        validTo: certificate.valid_to ?? "",
      });
    });
    socket.on("timeout", () => socket.destroy(new Error("no answer within 10 s")));
    socket.on("error", reject);
  });
}
