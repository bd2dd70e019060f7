import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, onTestFinished } from "vitest";

import { findBrowser, howToInstall } from "./browser/findBrowser.ts";

/** A page with its requests and errors, which a reader does not see. */
export interface WatchedPage {
  page: Page;
  /** Every address that the page asked for. */
  requests: string[];
  /** Errors of the page's scripts, and the console's own: refused by a policy, not found. */
  errors: string[];
}

export interface TestBrowser {
  /** Opens a page in a window of its own, without anything remembered, until the test ends. */
  open(url: string, options?: BrowserContextOptions): Promise<WatchedPage>;
}

/** Starts a real Chromium for a describe block or a file. */
export function useBrowser(): TestBrowser {
  let browser: Browser | undefined;
  beforeAll(async () => {
    const executablePath = findBrowser(process.env);
    if (executablePath === undefined) throw new Error(`Expected a Chromium, found none. ${howToInstall}`);
    browser = await chromium.launch({ executablePath });
  });
  afterAll(() => browser?.close());
  return {
    async open(url, options) {
      const context = await browser!.newContext(options);
      // An open page goes on painting.
      onTestFinished(() => context.close());
      const page = await context.newPage();
      const watched: WatchedPage = { page, requests: [], errors: [] };
      page.on("request", (request) => watched.requests.push(request.url()));
      page.on("pageerror", (error) => watched.errors.push(error.message));
      page.on("console", (message) => message.type() === "error" && watched.errors.push(message.text()));
      await page.goto(url);
      return watched;
    },
  };
}
