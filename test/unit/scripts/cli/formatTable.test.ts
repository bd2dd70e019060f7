import { stripVTControlCharacters } from "node:util";

import { describe, expect, it } from "vitest";

import { formatTable } from "../../../../scripts/cli/formatTable.ts";

/** Tables at the widths of terminals. It does not prove how a terminal shows them: test/engine/verify.ts runs one. */
describe("a table", () => {
  const head = ["orchestra", "contact", "version", "size"];
  const rows = [
    ["malmo\nMalmö Symfoniorkester", "Orkesterkontoret\nmalmo@example.se", "0011_audit_log", "9.6 MB"],
    ["gavle\nGävle Symfoniorkester", "", "–", 12],
  ];
  const draw = (width?: number) =>
    stripVTControlCharacters(
      formatTable(head, rows, { ...(width && { width }), right: ["size"], optional: ["contact", "size"] }),
    );

  it("is whole in a pipe, and on a terminal that it just fits", () => {
    const whole = draw();
    expect(whole).toMatchInlineSnapshot(`
      "┌───────────────────────┬──────────────────┬────────────────┬────────┐
      │ orchestra             │ contact          │ version        │   size │
      ├───────────────────────┼──────────────────┼────────────────┼────────┤
      │ malmo                 │ Orkesterkontoret │ 0011_audit_log │ 9.6 MB │
      │ Malmö Symfoniorkester │ malmo@example.se │                │        │
      │ gavle                 │                  │ –              │     12 │
      │ Gävle Symfoniorkester │                  │                │        │
      └───────────────────────┴──────────────────┴────────────────┴────────┘"
    `);
    expect(draw(whole.indexOf("\n"))).toBe(whole);
  });

  it("does without its optional columns, one after the other, and names them", () => {
    expect(draw(69).split("\n").at(-1)).toBe("Left out: contact. -o wide shows all.");
    expect(draw(42)).toMatchInlineSnapshot(`
      "┌───────────────────────┬────────────────┐
      │ orchestra             │ version        │
      ├───────────────────────┼────────────────┤
      │ malmo                 │ 0011_audit_log │
      │ Malmö Symfoniorkester │                │
      │ gavle                 │ –              │
      │ Gävle Symfoniorkester │                │
      └───────────────────────┴────────────────┘
      Left out: contact, size. -o wide shows all."
    `);
  });

  it("becomes a block for each row, with every column that says something, where even that is too wide", () => {
    expect(draw(41)).toMatchInlineSnapshot(`
      "malmo
      Malmö Symfoniorkester
        contact  Orkesterkontoret
                 malmo@example.se
        version  0011_audit_log
        size     9.6 MB
      gavle
      Gävle Symfoniorkester
        size     12
      "
    `);
  });

  it("has no line beyond the terminal at any width that fits its longest cell", () => {
    for (let width = 36; width <= 90; width++)
      for (const line of draw(width)
        .split("\n")
        .filter((each) => !each.startsWith("Left out")))
        expect(line.length, `at ${width}`).toBeLessThanOrEqual(width);
  });
});
