/** A month in which orchestras were set up. */
export interface Month {
  /** YYYY-MM */
  month: string;
  added: number;
  /** The count with all months before. */
  total: number;
}

/** Counts the dates of each month, by time. Texts that are no date, as an app's row may hold, are left out. */
export function countMonths(dates: readonly (string | null | undefined)[]): Month[] {
  const counts = new Map<string, number>();
  for (const date of dates) {
    if (!date || !/^\d{4}-(0[1-9]|1[0-2])-\d\d$/.test(date)) continue;
    const month = date.slice(0, 7);
    counts.set(month, (counts.get(month) ?? 0) + 1);
  }
  let total = 0;
  return [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([month, added]) => ({ month, added, total: (total += added) }));
}
