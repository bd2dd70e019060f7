import type { FleetOrchestra } from "../readFleet.ts";

/** A month in which orchestras were set up. */
export interface GrowthMonth {
  /** YYYY-MM */
  month: string;
  added: number;
  /** The count with all months before. */
  total: number;
}

/** Counts the set-up dates of each month, by time. Orchestras without a readable date are left out. */
export function countGrowth(orchestras: readonly FleetOrchestra[]): GrowthMonth[] {
  const counts = new Map<string, number>();
  for (const { declared, row } of orchestras) {
    const date = declared?.setupDate ?? row?.setupDate;
    if (!date || !/^\d{4}-(0[1-9]|1[0-2])-\d\d$/.test(date)) continue;
    const month = date.slice(0, 7);
    counts.set(month, (counts.get(month) ?? 0) + 1);
  }
  let total = 0;
  return [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([month, added]) => ({ month, added, total: (total += added) }));
}
