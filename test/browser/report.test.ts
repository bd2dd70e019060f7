import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";

import type { BrowserContextOptions, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { PoolReport } from "../../scripts/fleet/describePool.ts";
import { drift } from "../../scripts/fleet/difference.ts";
import type { Fleet, FleetOrchestra } from "../../scripts/fleet/readFleet.ts";
import { renderReport } from "../../scripts/fleet/report/renderReport.ts";
import { readSnapshot } from "../../scripts/fleet/report/snapshot.ts";
import { useBrowser } from "../support/browser.ts";
import { findAccessibilityProblems } from "../support/findAccessibilityProblems.ts";
import {
  behind,
  cloudSettings,
  fleet,
  largeFleet,
  orchestra,
  poolDatabase,
  poolReport,
  sharedParts,
  smallFleet,
  unreachable,
} from "../support/fleets.ts";

/** The report in a real Chromium, opened from a file as people do. The fleets are made up; test/engine has one of a real stack. */
const browser = useBrowser();
let dir: string;
beforeAll(async () => void (dir = await mkdtemp(path.join(tmpdir(), "stagesub-report-"))));
afterAll(() => rm(dir, { recursive: true, force: true }));

let files = 0;
async function open({ fleet, pool }: { fleet: Fleet; pool: PoolReport }, options: BrowserContextOptions = {}) {
  return openText(renderReport(fleet, pool, new Date("2026-11-22T23:10:00Z")), options);
}

async function openText(text: string, options: BrowserContextOptions = {}) {
  const file = path.join(dir, `report-${++files}.html`);
  await writeFile(file, text);
  const url = pathToFileURL(file).href;
  return { url, ...(await browser.open(url, { viewport: desk, ...options })) };
}

const noPool = poolReport([], { max: 0, spares: 0 });
const desk = { width: 1366, height: 900 };
const phone = { width: 375, height: 812 };
const names = (page: Page) => page.locator("table.fleet tbody:visible tr:first-child th bdi").allTextContents();
const texts = async (found: Locator) => (await found.allTextContents()).map((text) => text.replace(/\s+/g, " ").trim());
const sideways = (page: Page) => page.evaluate<number>("document.documentElement.scrollWidth - window.innerWidth");
const background = (page: Page) => page.evaluate<string>("getComputedStyle(document.body).backgroundColor");

/** Each case shows everything once: in one of the colours, on one of the screens. */
describe.each([
  ["light", desk],
  ["dark", phone],
] as const)("in %s, %o", (colorScheme, viewport) => {
  it.each([
    [5, smallFleet],
    [1_000, largeFleet],
  ])(
    "the report shows %d orchestras, asks the network for nothing, and is accessible with every state in it",
    async (count, makeFleet) => {
      const { page, url, requests, errors } = await open(makeFleet(), { colorScheme, viewport });
      expect(await background(page)).toBe(colorScheme === "light" ? "rgb(247, 245, 242)" : "rgb(21, 19, 26)");
      expect(await names(page)).toHaveLength(count);
      // On a phone the table scrolls, not the page.
      expect(await sideways(page)).toBe(0);
      expect({ requests, errors }).toEqual({ requests: [url], errors: [] });
      // A thousand rows have no state that five have not.
      if (count === 5) expect(await findAccessibilityProblems(page)).toEqual([]);
    },
  );
});

describe("the table", () => {
  it("counts what is not as it should be, and shows only that at a click", async () => {
    const { page } = await open(largeFleet());
    const choose = (name: string) => page.getByRole("button", { name }).click();
    expect(await texts(page.locator(".tile"))).toEqual([
      "1000 Orchestras",
      "3 With drift",
      "2 Unreachable",
      "3 Behind head",
    ]);
    await choose("With drift");
    expect(await names(page)).toEqual(["Falun Kammarorkester", "Jönköping Blåsorkester", "Karlskrona Kammarorkester"]);
    expect(await page.locator("output").textContent()).toBe("3 of 1000");
    await choose("Unreachable");
    expect(await texts(page.locator("tbody:visible .notes"))).toHaveLength(2);
    await choose("Unreachable");
    expect(await names(page)).toHaveLength(1_000);
    await page.getByRole("combobox", { name: "Registration" }).selectOption("Suspended");
    expect(await names(page)).toEqual(["Karlskrona Kammarorkester"]);
  });

  it("marks what differs in its cell, says it below in words, shows the rest of a long list at a click, and keeps its head in sight over a thousand rows", async () => {
    const { page } = await open(largeFleet());
    const falun = page.locator("tbody", { hasText: /Falun Kammarorkester(?! \d)/ });
    expect(await texts(falun.locator("td", { hasText: "≠ differs" }))).toEqual(["pool-20 ≠ differs"]);
    expect(await falun.locator("li:visible").count()).toBe(3);
    await falun.getByText("4 more").click();
    expect(await falun.locator("li:visible").count()).toBe(7);
    await page.locator("tbody.orchestra").nth(750).scrollIntoViewIfNeeded();
    const head = (await page.locator("table.fleet thead").getByText("Version").boundingBox())!;
    expect(head.y).toBeGreaterThan(0);
    expect(head.y).toBeLessThan(120);
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
    // One status is no choice.
    expect(await page.getByRole("combobox").count()).toBe(0);
  });

  it("sorts as Swedish does, sizes as numbers, states worst first, and what is not known last", async () => {
    const orchestras = ["Örebro", "Ängelholm", "Åmål", "Zinkgruvan", "Arvika", "Älvsbyn"].map((name, index) =>
      orchestra({ id: `o${index}`, name, bytes: 10 ** (index + 4) }),
    );
    orchestras[2] = orchestra({ id: "o2", name: "Åmål", ...unreachable });
    orchestras[4] = orchestra({ id: "o4", name: "Arvika", database: "pool-10", ...behind });
    orchestras[5] = orchestra({ id: "o5", name: "Älvsbyn", database: "pool-9", bytes: 10 ** 9 });
    const { page } = await open({ fleet: fleet(orchestras), pool: noPool });
    const sorted = async (column: string) => {
      await page.locator("table.fleet thead").getByRole("button", { name: column }).click();
      return names(page);
    };
    const alphabet = ["Arvika", "Zinkgruvan", "Åmål", "Älvsbyn", "Ängelholm", "Örebro"];
    expect(await names(page)).toEqual(alphabet);
    expect(await sorted("Orchestra")).toEqual(alphabet.toReversed());
    expect(await sorted("Size")).toEqual(["Örebro", "Ängelholm", "Arvika", "Zinkgruvan", "Älvsbyn", "Åmål"]);
    expect(await sorted("Size")).toEqual(["Älvsbyn", "Zinkgruvan", "Arvika", "Ängelholm", "Örebro", "Åmål"]);
    expect((await sorted("Health")).slice(0, 2)).toEqual(["Åmål", "Arvika"]);
    expect((await sorted("Database")).slice(0, 2)).toEqual(["Älvsbyn", "Arvika"]);
  });

  it("is worked by keyboard alone, with the focus in sight and the order said", async () => {
    const { page } = await open(smallFleet());
    const focused = () =>
      page.evaluate(
        "document.activeElement.textContent.trim() + ' ' + getComputedStyle(document.activeElement).outlineStyle",
      );
    await page.getByRole("button", { name: "Version" }).focus();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Space");
    expect(await focused()).toBe("Size solid");
    const sorted = page.locator("table.fleet th[aria-sort$=ending]");
    expect(await texts(sorted)).toEqual(["Size"]);
    expect(await sorted.getAttribute("aria-sort")).toBe("descending");
  });

  it("is all there without scripts and on paper", async () => {
    const { page } = await open(smallFleet(), { javaScriptEnabled: false });
    expect(await names(page)).toHaveLength(5);
    expect(await page.getByRole("searchbox").count()).toBe(0);
    await page.emulateMedia({ media: "print", colorScheme: "dark" });
    expect(await names(page)).toHaveLength(5);
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
      orchestra({ id: "c", name: hebrew, since: "soon", differences: [drift("name", hostile)] }),
    ];
    const databases = [poolDatabase(1, "free", { kind: "unreachable", reason: hostile })];
    const parts = { stack: hostile, domain: hostile, shared: sharedParts(hostile), pool: databases };
    const pool = poolReport(databases, { warnings: [hostile] });
    for (const viewport of [phone, desk]) {
      const { page, url, requests, errors } = await open({ fleet: fleet(orchestras, parts), pool }, { viewport });
      expect((await names(page)).toSorted()).toEqual([hostile, long, hebrew].toSorted());
      expect(await page.title()).toContain("Fleet of");
      expect(await page.locator("img").count()).toBe(0);
      expect(await sideways(page)).toBe(0);
      expect({ requests, errors }).toEqual({ requests: [url], errors: [] });
    }
  });

  it("says what to do where there is no orchestra yet", async () => {
    const { page, errors } = await open({ fleet: fleet([]), pool: noPool });
    expect(await page.getByText("No orchestra yet.").textContent()).toContain("./stagesub add -s production");
    expect(await page.getByText("declares no pool").count()).toBe(1);
    expect(await findAccessibilityProblems(page)).toEqual([]);
    expect(errors).toEqual([]);
  });

  it("says why the main database is missing, and calls nothing drift for it", async () => {
    const orchestras = smallFleet().fleet.orchestras.map((one) => ({ ...one, row: null, differences: [] }));
    const parts = { shared: sharedParts("no answer within 5 s") };
    const { page } = await open({ fleet: fleet(orchestras, parts), pool: noPool });
    expect(await page.locator(".alert").textContent()).toContain("no answer within 5 s");
    expect(await texts(page.getByRole("button", { name: "With drift" }))).toEqual(["0 With drift"]);
  });

  it("tells an orchestra that is not made yet and a row of another stack from trouble", async () => {
    const waiting = orchestra({ id: "umea", name: "Umeå", reading: { kind: "absent" } });
    waiting.row = null;
    waiting.differences = [{ kind: "pending", field: "database", text: "declared, and not made yet" }];
    const other = orchestra({ id: "lund", name: "Lund", reading: { kind: "absent" } });
    other.declared = null;
    other.row!.registration = { stack: "staging", orchestra: "lund" };
    const { page } = await open({ fleet: fleet([waiting, other]), pool: noPool });
    expect(await texts(page.locator(".tile"))).toEqual([
      ...["2 Orchestras", "0 With drift", "0 Unreachable", "0 Behind head", "1 Not made yet", "1 Not of this stack"],
    ]);
    expect(await findAccessibilityProblems(page)).toEqual([]);
  });
});

describe("DNS, cloud settings and changes", () => {
  it("shows each setting as declared, how many have it, and which orchestras have another", async () => {
    const clouds = cloudSettings({ TLS: { gavle: "optional" } });
    clouds.push({ name: "Region", declared: "eu-north-1", found: {} });
    const { page } = await open({ fleet: fleet([], { clouds }), pool: noPool });
    const rows = page.getByRole("region", { name: "Table of settings" }).locator("tbody tr");
    expect(await texts(rows)).toEqual([
      "DNS record CNAME to cname.vercel-dns.com, not proxied, TTL automatic 2 of 2",
      "TLS enforced 1 of 2 ≠ gavle: optional",
      "Region eu-north-1 not read",
    ]);
    expect(await findAccessibilityProblems(page)).toEqual([]);
  });

  it("says what has changed since the report before, and keeps the earlier changes, also of hostile names", async () => {
    const hostile = `</script><img src=x onerror="document.title='x'">`;
    const stages: [orchestras: FleetOrchestra[], expected: string[]][] = [
      [[orchestra({ id: "malmo", name: "Malmö" })], []],
      [
        [orchestra({ id: "malmo", name: hostile, differences: [drift("rights", "rights: no")] })],
        [`malmo: name: Malmö → ${hostile}`, "malmo: ≠ rights: no"],
      ],
      [
        [orchestra({ id: "malmo", name: hostile }), orchestra({ id: "lund", name: "Lund" })],
        ["malmo: no longer: rights: no", "lund: is new"],
      ],
    ];
    let before: string | undefined;
    for (const [index, [orchestras, expected]] of stages.entries()) {
      const previous = before === undefined ? undefined : readSnapshot(before, "production");
      before = renderReport(fleet(orchestras), noPool, new Date(Date.UTC(2026, 10, 22, index)), previous);
      const { page, requests, errors } = await openText(before);
      const changes = page.getByRole("region", { name: "List of changes" });
      expect(await texts(changes.locator("> ul > li"))).toEqual(expected);
      expect([requests.length, errors]).toEqual([1, []]);
      expect(await page.locator("img").count()).toBe(0);
      if (index < 2) continue;
      await page.getByText("1 earlier report with changes").click();
      expect(await texts(changes.locator("details li:visible"))).toEqual(stages[1]![1]);
      expect(await findAccessibilityProblems(page)).toEqual([]);
    }
  });
});

describe("pool and growth", () => {
  it("shows the parts of the pool, its warnings, and the databases that hold no orchestra", async () => {
    const { page } = await open(largeFleet());
    const meter = page.getByLabel("Numbers of the pool that are taken");
    expect([await meter.getAttribute("value"), await meter.getAttribute("max")]).toEqual(["72", "90"]);
    expect(await texts(page.locator(".counts div"))).toEqual([
      ...["Claimed 67", "Free 2", "Not ready 1", "Retired 2", "Can still be made 18"],
    ]);
    expect(await texts(page.locator(".alert"))).toEqual(largeFleet().pool.warnings);
    const waiting = page.getByRole("region", { name: "without an orchestra" }).locator("tbody tr");
    expect((await texts(waiting)).at(-1)).toBe("pool-72 Unreachable");
  });

  it("adds the orchestras up by month, the newest first", async () => {
    const { page } = await open(smallFleet());
    const rows = page.getByRole("region", { name: "Growth by month" }).locator("tbody tr");
    expect(await texts(rows)).toEqual(["2026-11 1 5", "2026-10 2 4", "2026-09 2 2"]);
  });
});
