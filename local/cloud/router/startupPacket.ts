/** The first message of a client in PostgreSQL's protocol: https://www.postgresql.org/docs/17/protocol-message-formats.html */
export type FirstPacket =
  /** SSLRequest or GSSENCRequest: one byte answers it and another first packet follows. */
  | { kind: "encryption" }
  | { kind: "cancel" }
  | { kind: "startup"; version: number; parameters: Map<string, string> }
  | { kind: "invalid"; reason: string };

const codes = { cancel: 80877102, ssl: 80877103, gss: 80877104 };

/** PostgreSQL's own limit (MAX_STARTUP_PACKET_LENGTH). */
const maxLength = 10_000;

/** Parses the first packet at the head of these bytes, with its length; `undefined` while it is incomplete. */
export function parseFirstPacket(bytes: Buffer): { packet: FirstPacket; length: number } | undefined {
  if (bytes.length < 4) return undefined;
  const length = bytes.readInt32BE(0);
  if (length < 8 || length > maxLength)
    return { packet: { kind: "invalid", reason: "invalid length of startup packet" }, length: 0 };
  if (bytes.length < length) return undefined;
  return { packet: readPacket(bytes.subarray(4, length)), length };
}

function readPacket(body: Buffer): FirstPacket {
  const code = body.readInt32BE(0);
  if (code === codes.ssl || code === codes.gss) return { kind: "encryption" };
  if (code === codes.cancel) return { kind: "cancel" };
  if (code >> 16 !== 3)
    return { kind: "invalid", reason: `unsupported frontend protocol ${code >> 16}.${code & 0xffff}` };
  const words = body.subarray(4).toString("utf8").split("\0");
  const parameters = new Map<string, string>();
  for (let index = 0; words[index]; index += 2) parameters.set(words[index]!, words[index + 1] ?? "");
  return { kind: "startup", version: code, parameters };
}

export function formatStartupPacket(version: number, parameters: Map<string, string>): Buffer {
  const words = [...parameters].flat().map((word) => `${word}\0`);
  const body = Buffer.from(`${words.join("")}\0`, "utf8");
  const head = Buffer.alloc(8);
  head.writeInt32BE(body.length + head.length, 0);
  head.writeInt32BE(version, 4);
  return Buffer.concat([head, body]);
}

/** Formats the message that ends a session: severity FATAL. */
export function formatFatal(code: string, message: string): Buffer {
  const body = Buffer.from(`SFATAL\0VFATAL\0C${code}\0M${message}\0\0`, "utf8");
  const head = Buffer.alloc(5);
  head.write("E", 0);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}
