import { BlockList, isIP } from "node:net";
import { z } from "zod";

/** Open to everyone, as a new project is. */
export const networkDefaults = { dbAllowedCidrs: ["0.0.0.0/0"], dbAllowedCidrsV6: ["::/0"] };

/** Replaces both lists; a list left out is empty afterwards. Private ranges are refused, as by the real API. */
export const updateNetworkBody = z.strictObject({
  dbAllowedCidrs: z.array(cidr(4)).default([]),
  dbAllowedCidrsV6: z.array(cidr(6)).default([]),
});

function cidr(family: 4 | 6) {
  return z.string().superRefine((text, issues) => {
    const [address = "", bits = "", ...rest] = text.split("/");
    const inRange = /^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128);
    if (isIP(address) !== family || !inRange || rest.length > 0) {
      issues.addIssue({ code: "custom", message: `Invalid IPv${family} CIDR: ${text}` });
    } else if (privateRanges.check(address, family === 4 ? "ipv4" : "ipv6")) {
      issues.addIssue({ code: "custom", message: `Private IP addresses are not allowed: ${text}` });
    }
  });
}

const privateRanges = new BlockList();
privateRanges.addSubnet("10.0.0.0", 8, "ipv4");
privateRanges.addSubnet("172.16.0.0", 12, "ipv4");
privateRanges.addSubnet("192.168.0.0", 16, "ipv4");
privateRanges.addSubnet("fc00::", 7, "ipv6");
