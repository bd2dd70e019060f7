import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";

import type { BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { Fleet } from "../../scripts/fleet/readFleet.ts";
import type { PoolReport } from "../../scripts/fleet/describePool.ts";
import { renderReport } from "../../scripts/fleet/report/renderReport.ts";
import { useBrowser } from "../support/browser.ts";
import { findAccessibilityProblems } from "../support/findAccessibilityProblems.ts";
import { drift } from "../../scripts/fleet/difference.ts";
import {
  behind,
  fleet,
  head,
  largeFleet,
  orchestra,
  poolDatabase,
  poolReport,
  read,
  sharedParts,
  smallFleet,
  unreachable,
} from "../support/fleets.ts";

/** The report in a real Chromium, opened from a file as people do. The fleets are made up; test/engine has one of a real stack. */
const browser = useBrowser();
const at = new Date("2026-11-22T23:10:00Z");
let dir: string;
beforeAll(async () => void (dir = await mkdtemp(path.join(tmpdir(), "stagesub-report-"))));
afterAll(() => rm(dir, { recursive: true, force: true }));

let files = 0;
async function open({ fleet, pool }: { fleet: Fleet; pool: PoolReport }, options: BrowserContextOptions = {}) {
  const file = path.join(dir, `report-${++files}.html`);
  await writeFile(file, renderReport(fleet, pool, at));
  const url = pathToFileURL(file).href;
  return { url, ...(await browser.open(url, { viewport: { width: 1366, height: 900 }, ...options })) };
}

const noPool = poolReport([], { max: 0, spares: 0 });
const names = (page: Page) => page.locator("table.fleet tbody:visible tr:first-child th bdi").allTextContents();
const sortBy = (page: Page, column: string) =>
  page.locator("table.fleet thead").getByRole("button", { name: column }).click();
const sideways = (page: Page) => page.evaluate<number>("document.documentElement.scrollWidth - window.innerWidth");
const background = (page: Page) => page.evaluate<string>("getComputedStyle(document.body).backgroundColor");
const phone = { width: 375, height: 812 };

describe.each([
  ["5", smallFleet],
  ["200", largeFleet],
])("the report of %s orchestras", (count, makeFleet) => {
  it.each(["light", "dark"] as const)("shows them all and asks the network for nothing, in %s", async (colorScheme) => {
    const { page, url, requests, errors } = await open(makeFleet(), { colorScheme });
    expect(await background(page)).toBe(colorScheme === "light" ? "rgb(247, 245, 242)" : "rgb(21, 19, 26)");
    expect(await names(page)).toHaveLength(Number(count));
    expect(await sideways(page)).toBe(0);
    expect(errors).toEqual([]);
    expect(requests).toEqual([url]);
  });

  it("fits a phone, as cards, without scrolling sideways", async () => {
    const { page } = await open(makeFleet(), { viewport: phone });
    expect(await sideways(page)).toBe(0);
    const card = (await page.locator("table.fleet tbody").first().boundingBox())!;
    expect([card.x >= 0, card.x + card.width <= phone.width, card.height > 150]).toEqual([true, true, true]);
    await page.getByRole("searchbox").fill("malmo");
    expect((await names(page)).every((name) => name.startsWith("Malmö"))).toBe(true);
  });
});

it.each([
  ["light", undefined],
  ["dark", undefined],
  ["light", phone],
  ["dark", phone],
] as const)("is accessible with every state in it, in %s, %o", async (colorScheme, viewport) => {
  const { page } = await open(smallFleet(), { colorScheme, ...(viewport && { viewport }) });
  expect(await findAccessibilityProblems(page)).toEqual([]);
});

describe("the table", () => {
  it("counts what is not as it should be, and shows only that at a click", async () => {
    const { page } = await open(largeFleet());
    expect(await page.locator(".tile").allTextContents().then(tidy)).toEqual([
      "200 Orchestras",
      "3 With drift",
      "2 Unreachable",
      "3 Behind head",
    ]);
    await page.getByRole("button", { name: "With drift" }).click();
    expect(await names(page)).toEqual(["Falun Kammarorkester", "Jönköping Blåsorkester", "Karlskrona Kammarorkester"]);
    expect(await page.locator("output").textContent()).toBe("3 of 200");
    await page.getByRole("button", { name: "Unreachable" }).click();
    expect(await page.locator("tbody:visible .notes").allTextContents().then(tidy)).toHaveLength(2);
    await page.getByRole("button", { name: "Unreachable" }).click();
    expect(await names(page)).toHaveLength(200);
  });

  it("marks what differs in its cell, says it below in words, and shows the rest of a long list at a click", async () => {
    const { page } = await open(largeFleet());
    const falun = page.locator("tbody", { hasText: "Falun Kammarorkester" });
    expect(tidy(await falun.locator("td", { hasText: "≠" }).first().allTextContents())).toEqual(["pool-20≠ differs"]);
    expect(await falun.locator("li:visible").count()).toBe(3);
    await falun.getByText("4 more").click();
    expect(await falun.locator("li:visible").count()).toBe(7);
  });

  it("searches names, addresses, contacts and what differs, with and without dots, and says when nothing fits", async () => {
    const { page } = await open(smallFleet());
    const search = page.getByRole("searchbox", { name: "Search orchestras" });
    for (const [text, found] of [
      ["MALMÖ", ["Malmö Symfoniorkester"]],
      ["bergstrom", ["Gävle Symfoniorkester"]],
      ["symfoni kontoret", ["Malmö Symfoniorkester", "Norrköpings Symfoniorkester"]],
      ["gavle@example", ["Gävle Symfoniorkester"]],
      ["welcome.en", ["Gävle Symfoniorkester"]],
      ["malmø", []],
    ] as const) {
      await search.fill(text);
      expect(await names(page), text).toEqual(found);
    }
    expect(await page.locator("output").textContent()).toBe("0 of 5");
    await page.getByRole("button", { name: "Show all" }).click();
    expect(await names(page)).toHaveLength(5);
  });

  it("filters by the main database's status where there is more than one", async () => {
    const { page } = await open(largeFleet());
    await page.getByRole("combobox", { name: "Status" }).selectOption("Suspended");
    expect(await names(page)).toEqual(["Karlskrona Kammarorkester"]);
    const { page: small } = await open(smallFleet());
    expect(await small.getByRole("combobox").count()).toBe(0);
  });

  it("sorts as Swedish does, sizes as numbers, states worst first, and what is not known last", async () => {
    const towns = ["Örebro", "Ängelholm", "Åmål", "Zinkgruvan", "Arvika", "Älvsbyn"];
    const orchestras = towns.map((name, index) => orchestra({ id: `o${index}`, name, bytes: 10 ** (index + 4) }));
    orchestras[2] = orchestra({ id: "o2", name: "Åmål", ...unreachable });
    orchestras[4] = orchestra({ id: "o4", name: "Arvika", database: "pool-10", ...behind });
    orchestras[5] = { ...orchestras[5]!, declared: { ...orchestras[5]!.declared!, database: "pool-9" } };
    const { page } = await open({ fleet: fleet(orchestras), pool: noPool });
    const alphabet = ["Arvika", "Zinkgruvan", "Åmål", "Älvsbyn", "Ängelholm", "Örebro"];
    expect(await names(page)).toEqual(alphabet);
    await sortBy(page, "Orchestra");
    expect(await names(page)).toEqual(alphabet.toReversed());
    await sortBy(page, "Size");
    expect(await names(page)).toEqual(["Örebro", "Ängelholm", "Arvika", "Zinkgruvan", "Älvsbyn", "Åmål"]);
    await sortBy(page, "Size");
    expect(await names(page)).toEqual(["Älvsbyn", "Zinkgruvan", "Arvika", "Ängelholm", "Örebro", "Åmål"]);
    await sortBy(page, "State");
    expect((await names(page)).slice(0, 2)).toEqual(["Åmål", "Arvika"]);
    await sortBy(page, "Database");
    expect((await names(page)).slice(0, 2)).toEqual(["Älvsbyn", "Arvika"]);
  });

  it("is worked by keyboard alone, with the focus in sight and the order said", async () => {
    const { page } = await open(largeFleet());
    await page.getByRole("searchbox").focus();
    const focused = () =>
      page.evaluate(
        "document.activeElement.textContent.trim() + ' ' + getComputedStyle(document.activeElement).outlineStyle",
      );
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    expect(await focused()).toBe("Orchestra solid");
    for (const _ of ["Address", "State", "Version", "Size"]) await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Space");
    expect(await focused()).toBe("Size solid");
    const sorted = page.locator("table.fleet th[aria-sort$=ending]");
    expect(tidy(await sorted.allTextContents())).toEqual(["Size"]);
    expect(await sorted.getAttribute("aria-sort")).toBe("descending");
  });

  it("keeps its head in sight over 200 rows", async () => {
    const { page } = await open(largeFleet());
    await page.locator("tbody").nth(150).scrollIntoViewIfNeeded();
    const head = (await page.locator("table.fleet thead").getByText("Version").boundingBox())!;
    expect(head.y).toBeGreaterThan(0);
    expect(head.y).toBeLessThan(120);
  });

  it("is all there without scripts and on paper", async () => {
    const { page } = await open(smallFleet(), { javaScriptEnabled: false });
    expect(await page.locator("table.fleet tbody").count()).toBe(5);
    expect(await page.getByRole("searchbox").count()).toBe(0);
    await page.emulateMedia({ media: "print", colorScheme: "dark" });
    expect(await page.locator("table.fleet tbody:visible").count()).toBe(5);
    expect(await background(page)).toBe("rgb(255, 255, 255)");
  });
});

describe("names and texts", () => {
  it("shows hostile, long and right-to-left names as the text they are", async () => {
    const hostile = `"><script>document.title="x"</script><img src=x onerror="document.title='x'">`;
    const long = `Kungliga ${"Filharmoniska".repeat(12)} Sällskapet`;
    const hebrew = "תזמורת מאלמו (Malmö)";
    const orchestras = [
      orchestra({ id: "a", name: hostile, contact: hostile, status: hostile, database: hostile }),
      orchestra({ id: "b".repeat(63), name: long, contact: long, differences: [drift("name", long)] }),
      orchestra({ id: "c", name: hebrew, differences: [drift("name", hostile)] }),
    ];
    const databases = [poolDatabase(1, "spare", { kind: "unreachable", reason: hostile })];
    const pool = poolReport(databases, { warnings: [hostile] });
    const hostileFleet = fleet(orchestras, {
      stack: hostile,
      domain: hostile,
      shared: sharedParts(hostile),
      pool: databases,
    });
    for (const viewport of [phone, { width: 1366, height: 900 }]) {
      const { page, url, requests, errors } = await open({ fleet: hostileFleet, pool }, { viewport });
      expect((await names(page)).toSorted()).toEqual([hostile, long, hebrew].toSorted());
      expect(await page.title()).toContain("Fleet of");
      expect(await page.locator("img").count()).toBe(0);
      expect(await sideways(page)).toBe(0);
      expect({ requests, errors }).toEqual({ requests: [url], errors: [] });
    }
  });

  it("says what to do where there is no orchestra yet", async () => {
    const { page, errors } = await open({ fleet: fleet([]), pool: noPool });
    expect(await page.getByText("No orchestra yet.").textContent()).toContain("npm run orchestra -- add -s production");
    expect(await page.getByText("declares no pool").count()).toBe(1);
    expect(await findAccessibilityProblems(page)).toEqual([]);
    expect(errors).toEqual([]);
  });

  it("says why the main database is missing, and calls nothing drift for it", async () => {
    const orchestras = smallFleet().fleet.orchestras.map((one) => ({ ...one, row: null, differences: [] }));
    const { page } = await open({
      fleet: fleet(orchestras, { shared: sharedParts("no answer within 5 s") }),
      pool: noPool,
    });
    expect(await page.locator(".alert").textContent()).toContain("no answer within 5 s");
    expect(
      await page
        .getByRole("button", { name: "With drift" })
        .textContent()
        .then((text) => tidy([text!])),
    ).toEqual(["0 With drift"]);
  });

  it("tells an orchestra that is not made yet and a row of another stack from trouble", async () => {
    const waiting = orchestra({ id: "umea", name: "Umeå", reading: { kind: "absent" } });
    waiting.row = null;
    waiting.differences = [{ kind: "pending", field: "database", text: "declared, and not made yet" }];
    const other = orchestra({ id: "lund", name: "Lund", reading: { kind: "absent" } });
    other.declared = null;
    other.row!.registration = { stack: "staging", orchestra: "lund" };
    const { page } = await open({ fleet: fleet([waiting, other]), pool: noPool });
    expect(await page.locator(".tile").allTextContents().then(tidy)).toEqual([
      "2 Orchestras",
      "0 With drift",
      "0 Unreachable",
      "0 Behind head",
      "1 Not made yet",
      "1 Not of this stack",
    ]);
    expect(await findAccessibilityProblems(page)).toEqual([]);
  });
});

describe("pool and growth", () => {
  it("shows the pool as a gauge, what is not ready apart, with its warnings", async () => {
    const { page } = await open(largeFleet());
    expect(await page.getByRole("img", { name: "The pool" }).getAttribute("aria-label")).toBe(
      "The pool: used 67, free and ready 2, not ready 1, retired 2, can still be made 18.",
    );
    expect(await page.locator(".gauge path").count()).toBe(5);
    expect(await page.locator(".notice").allTextContents()).toEqual(largeFleet().pool.warnings);
    expect(tidy(await page.locator(".spares tbody tr").allTextContents()).at(-1)).toBe("pool-72 Unreachable");
  });

  it("adds the orchestras up by month, says it at each month, and has it as a table too", async () => {
    const { page } = await open(smallFleet());
    const plot = page.getByRole("img", { name: "Orchestras by set-up date" });
    const reading = () => plot.locator(".reading:visible").allTextContents().then(tidy);
    expect(await reading()).toEqual(["Nov 2026: 1 new, 5 in all"]);
    await plot.locator(".month .hit").first().hover();
    expect(await reading()).toEqual(["Sep 2026: 2 new, 2 in all"]);
    await page.getByText("As a table").click();
    const rows = await page.getByRole("table", { name: "by the month" }).locator("tbody tr").allTextContents();
    expect(tidy(rows)).toEqual(["2026-09 2 2", "2026-10 2 4", "2026-11 1 5"]);
  });

  it("draws centuries and dates that are none", async () => {
    const orchestras = ["0026-01-01", "2030-12-31", "soon", ""].map((since, index) =>
      orchestra({ id: `o${index}`, name: `O ${index}`, since, reading: read(null, head, index) }),
    );
    const { page, errors } = await open({ fleet: fleet(orchestras), pool: noPool });
    expect(await page.locator(".plot .wide .month").count()).toBe(2);
    expect(errors).toEqual([]);
  });
});

function tidy(texts: string[]): string[] {
  return texts.map((text) => text.replace(/\s+/g, " ").trim());
}
