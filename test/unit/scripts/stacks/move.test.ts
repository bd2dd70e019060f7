import { describe, expect, it } from "vitest";

import { withoutOrchestra } from "../../../../scripts/stack/holdings.ts";
import { putOrchestra, takeOrchestra } from "../../../../scripts/stack/editStackFile.ts";

const entry = (id: string) =>
  `    ${id}:\n      name: ${id} # its name\n      contact: { name: O, email: o@example.se }\n`;
const text = `config:\n  stagesub:orchestras:\n    # the south\n${entry("malmo")}        # moved in spring\n    # the north\n${entry("umea")}  stagesub:pool: {}\n`;
const other = `config:\r\n    stagesub:orchestras:\r\n        lund:\r\n            name: Lund\r\nencryptionsalt: v1\r\n`;

describe("the lines of an orchestra that moves", () => {
  it("leave their file with their own comments, and every other byte stays", () => {
    expect(takeOrchestra(text, "malmo")).toEqual({
      rest: text.replace(`${entry("malmo")}        # moved in spring\n`, ""),
      lines: `${entry("malmo")}        # moved in spring`.split("\n"),
      column: 4,
    });
    expect(takeOrchestra(text, "umea")!.rest).toBe(text.replace(entry("umea"), ""));
    expect(takeOrchestra(text, "lund")).toBeUndefined();
  });

  it("come into the other file at its end, indentation and line ends", () => {
    expect(putOrchestra(other, takeOrchestra(text, "malmo")!)).toBe(
      other.replace(
        "name: Lund\r\n",
        "name: Lund\r\n        malmo:\r\n          name: malmo # its name\r\n          contact: { name: O, email: o@example.se }\r\n            # moved in spring\r\n",
      ),
    );
  });

  it("go back as they were", () => {
    const plain = text.replace("    # the north\n", "");
    const { rest, ...lines } = takeOrchestra(plain, "umea")!;
    expect(putOrchestra(rest, lines)).toBe(plain);
  });

  it("are refused where they have no lines of their own", () => {
    const flow = "config:\n  stagesub:orchestras: { malmo: { name: M } }\n";
    expect(() => takeOrchestra(flow, "malmo")).toThrow(/Expected stagesub:orchestras: with its entries below it/);
  });
});

describe("a state that forgets an orchestra", () => {
  const urn = (type: string, name: string) => `urn:pulumi:production-1::stagesub::${type}::${name}`;
  const [malmo, database, contents] = [
    urn("stagesub:Orchestra", "malmo"),
    urn("stagesub:Orchestra$stagesub:TenantDatabase", "malmo"),
    urn("stagesub:Orchestra$stagesub:TenantDatabase$pulumi-nodejs:dynamic:OrchestraDatabase", "malmo"),
  ];
  const [umea, row] = [urn("stagesub:Orchestra", "umea"), urn("pulumi-nodejs:dynamic:OrchestraRegistration", "umea")];
  const state = {
    version: 3,
    deployment: {
      secrets_providers: { type: "passphrase" },
      resources: [
        { urn: malmo },
        { urn: database, parent: malmo },
        { urn: contents, parent: database, dependencies: [row] },
        { urn: umea },
        { urn: row, parent: umea, dependencies: [contents, umea], propertyDependencies: { a: [contents], b: [umea] } },
      ],
    },
  };

  it("keeps everything else, which no longer depends on what is gone", () => {
    expect(withoutOrchestra(state, "malmo")).toEqual({
      ...state,
      deployment: {
        ...state.deployment,
        resources: [
          { urn: umea },
          { urn: row, parent: umea, dependencies: [umea], propertyDependencies: { a: [], b: [umea] } },
        ],
      },
    });
  });

  it("is the same state where the orchestra is none of it: nothing is imported", () => {
    expect(withoutOrchestra(state, "lund")).toBe(state);
    const empty = { deployment: {} };
    expect(withoutOrchestra(empty, "malmo")).toBe(empty);
  });
});
