import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { normalizeNetworks, refuseNetwork } from "../../../infra/config/schema/networks.ts";
import { updateNetworkBody } from "../../../local/cloud/supabase/networkConfig.ts";
import { sections } from "../../../local/offline/providers/supabase/settingsSections.ts";

const ipv4 = fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 })).map(([address, bits]) => `${address}/${bits}`);
const ipv6 = fc.tuple(fc.ipV6(), fc.integer({ min: 0, max: 128 })).map(([address, bits]) => `${address}/${bits}`);
/** Spelled as people do: in capitals, with leading zeros, from IPv4 mapped into IPv6. */
const spelled = fc.oneof(
  ipv4,
  ipv6,
  ipv6.map((text) => text.toUpperCase()),
  ipv4.map((text) => text.replace(/\/(\d+)$/, (_, bits: string) => `/${bits.padStart(3, "0")}`)),
  fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 128 })).map(([address, bits]) => `::ffff:${address}/${bits}`),
);
const declared = fc.array(
  spelled.filter((text) => refuseNetwork(text) === undefined),
  { maxLength: 12 },
);

/** Returns the list as the provider reads it back after a write and keeps it in its state after a refresh. */
function throughSupabase(restrictions: string[]): string[] {
  const network = sections.find(({ name }) => name === "network")!;
  const config = updateNetworkBody.parse(network.toBody({ restrictions }));
  return network.fromAnswer({ config })["restrictions"] as string[];
}

/** Against the provider's own mapping and the local cloud's checks; what the real API makes of host bits is not proven here. */
describe("networks of stagesub:supabase.networkRestrictions", () => {
  it("come back from Supabase as they were planned, whatever their order and spelling", () => {
    fc.assert(
      fc.property(declared, (texts) => {
        const planned = normalizeNetworks(texts);
        expect(throughSupabase(planned)).toEqual(planned);
        expect(normalizeNetworks(planned)).toEqual(planned);
      }),
    );
  });

  it("are planned alike in any order, also where one is named twice", () => {
    fc.assert(
      fc.property(
        declared.chain((texts) =>
          fc.tuple(fc.constant(texts), fc.shuffledSubarray([...texts, ...texts], { minLength: texts.length * 2 })),
        ),
        ([texts, shuffled]) => {
          expect(normalizeNetworks(shuffled)).toEqual(normalizeNetworks(texts));
        },
      ),
    );
  });

  it("are written in one form", () => {
    expect(
      normalizeNetworks([
        ...["2001:DB8:0:0::1/32", "::/0", "2001:0db8::/032", "2001:db8:0:1:0:0:0:1/128"],
        ...["203.0.113.77/24", "198.51.100.7/32", "0.0.0.0/0", "9.0.0.0/8", "203.0.113.0/24"],
        ...["::ffff:192.0.2.9/120", "255.255.255.255/1", "::ffff:192.0.2.1/90"],
      ]),
    ).toEqual([
      ...["0.0.0.0/0", "9.0.0.0/8", "128.0.0.0/1", "192.0.2.0/24", "198.51.100.7/32", "203.0.113.0/24"],
      ...["::/0", "::ffc0:0:0/90", "2001:db8::/32", "2001:db8:0:1::1/128"],
    ]);
  });

  it.each([
    "office",
    "203.0.113.7",
    "203.0.113.0/33",
    "203.0.113.0/-1",
    "203.0.113.0/",
    "203.0.113.0/24/8",
    "203.0.113.0/255.255.255.0",
    "203.0.113/24",
    "203.0.113.007/24",
    " 203.0.113.0/24",
    "2001:db8::/129",
    "2001:db8/32",
    "fe80::1%eth0/64",
    "*",
    "",
  ])("are refused where one is no CIDR: %j", (text) => {
    expect(refuseNetwork(text)).toBeDefined();
  });

  // The provider asks this of the address during `up`, after a preview that passed.
  it.each([
    "10.0.0.0/8",
    "10.1.2.3/32",
    "11.0.0.0/7",
    "172.31.255.0/24",
    "192.168.1.0/24",
    "fd00::/8",
    "::ffff:10.0.0.1/128",
  ])("are refused where one is private: %s", (text) => {
    expect(refuseNetwork(text)?.why).toContain("private");
  });
});
