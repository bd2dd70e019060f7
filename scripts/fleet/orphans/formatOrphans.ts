import Table from "cli-table3";
import pc from "picocolors";

import type { OrphanReport } from "./findOrphans.ts";

/** Formats a row for each project, what to do with it below, and the sums. */
export function formatOrphans({ orphans, held, others }: OrphanReport, stack: string): string {
  const sums = `${held} held by the state of ${stack}, ${others} of others in the organization.`;
  if (orphans.length === 0) return `No orphans. ${sums}`;
  const table = new Table({
    head: ["project", "ref", "region", "status", "next"],
    style: { head: [], border: [] },
    chars: { mid: "", "left-mid": "", "mid-mid": "", "right-mid": "" },
  });
  for (const { name, ref, region, status, next } of orphans)
    table.push([name, ref, region, status, next === "adopted" ? pc.green(next) : pc.yellow(next)]);
  return [table.toString(), "", ...orphans.map(({ name, ref, what }) => `${name} (${ref}): ${what}`), "", sums].join(
    "\n",
  );
}
