import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { idRules, subdomainRules } from "../../../infra/config/schema/names.ts";
import { suggestId } from "../../../scripts/stack/suggestId.ts";
import { refuseText } from "../../../infra/config/schema/textField.ts";

describe("suggestId", () => {
  it.each([
    ["Gävle Symfoniorkester", "gavle"],
    ["Göteborgs Symfoniker", "goteborg"],
    ["Västerås Sinfonietta", "vasteras"],
    ["Borås Symfoniorkester", "boras"],
    ["NorrlandsOperans symfoniorkester", "norrlandsoperan"],
    ["Symfoniorkestern", "symfoniorkestern"],
    ["Ærøskøbing Orkester", "aeroskobing"],
    ["Orchester Weißensee", "weissensee"],
    ["Orquesta de Málaga", "orquesta-de-malaga"],
    ["Łódź Philharmonic", "lodz"],
    ["Île-de-France", "ile-de-france"],
    ["4:e Orkestern", "e-orkestern"],
  ])("makes of %s the id %s", (name, id) => {
    expect(suggestId(name, new Set())).toBe(id);
  });

  it("avoids reserved names", () => {
    expect(suggestId("Demo Orkester", new Set())).toBe("demo-orkester");
  });

  it("avoids names that are taken", () => {
    expect(suggestId("Gävle Symfoniorkester", new Set(["gavle"]))).toBe("gavle-symfoniorkester");
    expect(suggestId("Gävle", new Set(["gavle", "gavle-2"]))).toBe("gavle-3");
  });

  it("suggests nothing for a name with letters that have no Latin form", () => {
    for (const name of ["東京交響楽団", "M\u0430lmö", ""]) expect(suggestId(name, new Set())).toBeUndefined();
  });

  it("breaks no rule, whatever the name", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 80 }), (name) => {
        const id = suggestId(name, new Set());
        if (id !== undefined) expect(refuseText(id, idRules) ?? refuseText(id, subdomainRules)).toBeUndefined();
      }),
    );
  });
});
