import type { Rule } from "../rule.ts";
import { types } from "../types.ts";

/** Cloudflare sets the TTL of a proxied record, and shows a fixed one as drift for ever. */
export const automaticTtl: Rule = {
  name: "automatic-ttl",
  description: "A DNS record that Cloudflare stands in front of (proxied) has the automatic TTL, 1.",
  check: ({ type, name, props: { proxied, ttl } }) =>
    type === types.record && proxied === true && ttl !== 1
      ? [
          `The DNS record of ${name} is proxied: expected ttl 1 (automatic), got ${JSON.stringify(ttl)}. Set ttl to 1, or proxied to false.`,
        ]
      : [],
};
