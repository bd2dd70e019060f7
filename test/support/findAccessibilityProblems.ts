import axe from "axe-core";
import type { Page } from "playwright-core";

/** Returns axe's findings on a page by WCAG 2.2 A and AA and its own best practices: rule and element. */
export async function findAccessibilityProblems(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<axe.AxeResults>("axe.run()");
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(" ")}`));
}
