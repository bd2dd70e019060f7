import { generate } from "selfsigned";

/** A key and its certificate, in PEM. */
export interface Certificate {
  key: string;
  cert: string;
}

/** Creates a certificate authority, such as a company's own. */
export async function createAuthority(): Promise<Certificate> {
  const { private: key, cert } = await generate([{ name: "commonName", value: "Test authority" }], {
    keyType: "ec",
    algorithm: "sha256",
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, digitalSignature: true, critical: true },
    ],
  });
  return { key, cert };
}

/**
 * Creates a server's certificate for one host name, signed by the authority or, without one, by itself.
 *
 * @param ended the certificate was valid until yesterday
 */
export async function createCertificate(
  host: string,
  { authority, ended = false }: { authority?: Certificate; ended?: boolean } = {},
): Promise<Certificate> {
  const day = 86_400_000;
  const { private: key, cert } = await generate([{ name: "commonName", value: host }], {
    keyType: "ec",
    algorithm: "sha256",
    ...(authority && { ca: authority }),
    ...(ended && { notBeforeDate: new Date(Date.now() - 30 * day), notAfterDate: new Date(Date.now() - day) }),
    extensions: [{ name: "subjectAltName", altNames: [{ type: 2, value: host }] }],
  });
  return { key, cert };
}
