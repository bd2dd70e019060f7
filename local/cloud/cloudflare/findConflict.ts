import { CloudflareError } from "./envelope.ts";
import type { DnsRecord, RecordValues } from "./recordStore.ts";

/**
 * Returns the reason why a record cannot stand beside the others, or undefined. As at Cloudflare, a CNAME excludes A, AAAA and other CNAMEs
 * on its name, in both directions, while TXT and MX may stand beside it; one name may have several addresses.
 *
 * @param others every record except the one that is being changed
 */
export function findConflict(values: RecordValues, others: DnsRecord[]): CloudflareError | undefined {
  const sameName = others.filter((other) => other.name === values.name);
  if (!isAddress(values)) return sameName.some(isIdentical(values)) ? identical() : undefined;
  // The CNAME rule comes first: even an identical second CNAME is refused because its host is taken.
  if (values.type === "CNAME" && sameName.some(isAddress)) {
    return conflict(81053, "An A, AAAA, or CNAME record with that host already exists.");
  }
  if (sameName.some((other) => other.type === "CNAME")) {
    return conflict(81054, "A CNAME record with that host already exists.");
  }
  return sameName.some(isIdentical(values)) ? identical() : undefined;
}

function isAddress(record: RecordValues): boolean {
  return record.type === "A" || record.type === "AAAA" || record.type === "CNAME";
}

function isIdentical(values: RecordValues) {
  return (other: DnsRecord) => other.type === values.type && other.content === values.content;
}

function identical(): CloudflareError {
  return new CloudflareError(400, { code: 81058, message: "An identical record already exists." });
}

function conflict(code: number, message: string): CloudflareError {
  const more =
    "For more details, refer to <https://developers.cloudflare.com/dns/manage-dns-records/troubleshooting/records-with-same-name/>.";
  return new CloudflareError(400, { code, message: `${message} ${more}` });
}
