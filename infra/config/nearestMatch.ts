/** Suggests a candidate in place of a typing slip, or says something else where none is near. */
export function suggestNearest(
  near: string | undefined,
  verb: "write" | "rename it to",
  otherwise: string,
): { why?: string; remedy: string } {
  return near === undefined ? { remedy: otherwise } : { why: `${near} was probably meant`, remedy: `${verb} ${near}` };
}

/** Returns the candidate that a typing slip probably meant, or undefined when none is near. */
export function nearestMatch(word: string, candidates: readonly string[]): string | undefined {
  const limit = Math.max(1, Math.floor(word.length / 3));
  const distance = (candidate: string) => editDistance(word.toLowerCase(), candidate.toLowerCase());
  const [nearest] = [...candidates].sort((a, b) => distance(a) - distance(b));
  if (nearest !== undefined && distance(nearest) <= limit) return nearest;
  // 2xl → 2xlarge
  const longer = candidates.filter((one) => word.length > 2 && one.toLowerCase().startsWith(word.toLowerCase()));
  return longer.length === 1 ? longer[0] : undefined;
}

/** Counts insertions, deletions, replacements and swaps of neighbours (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let cost = Math.min(last[column]! + 1, current[column - 1]! + 1, last[column - 1]! + (same ? 0 : 1));
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) cost = Math.min(cost, beforeLast[column - 2]! + 1);
      current.push(cost);
    }
    [beforeLast, last] = [last, current];
  }
  return last[b.length]!;
}
