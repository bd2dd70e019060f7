/** Milliseconds that one thing took, over all repetitions. */
export interface Times {
  median: number;
  /** The 95th percentile; of fewer than twenty repetitions, the longest. */
  p95: number;
  runs: number[];
}

/** Our time beside others' for the same job, measured in one run. */
export interface Figure {
  /** "preview-10" */
  id: string;
  title: string;
  /** The greatest ratio that we want. */
  reach: number;
  ours: Times;
  /** The same job done without us. The ratio is taken with the first one; the others are there to compare. */
  peers: { name: string; times: Times }[];
  /** The median of our time divided by the first peer's, taken within each repetition. */
  ratio: number;
  /** Further findings: round trips, bytes, resources. */
  more?: Record<string, number>;
}

/** Makes what a job needs, outside the measured time, and returns the job. */
export type Job = () => Promise<() => Promise<unknown>>;

/**
 * Runs every job once in each repetition, by turns in this order and in the opposite one, so that a machine that slows down meanwhile
 * is nobody's advantage.
 */
export async function compare(
  about: Pick<Figure, "id" | "title" | "reach">,
  jobs: { ours: Job } & Record<string, Job>,
  repetitions: number,
): Promise<Figure> {
  const names = Object.keys(jobs);
  const runs = Object.fromEntries(names.map((name) => [name, [] as number[]]));
  for (let repetition = 0; repetition < repetitions; repetition++)
    for (const name of repetition % 2 === 0 ? names : names.toReversed()) {
      const job = await jobs[name]!();
      runs[name]!.push(await time(job));
    }
  return summarize(about, runs);
}

/** Returns the milliseconds that some work takes, to a hundredth. */
export async function time(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return Math.round((performance.now() - start) * 100) / 100;
}

/** Makes a figure of the runs of `ours` and of its peers, the first of which is the one that counts. */
export function summarize(about: Pick<Figure, "id" | "title" | "reach">, runs: Record<string, number[]>): Figure {
  const { ours = [], ...others } = runs;
  const peers = Object.entries(others).map(([name, values]) => ({ name, times: times(values) }));
  const ratio = quantile(
    ours.map((value, index) => value / peers[0]!.times.runs[index]!),
    0.5,
  );
  return { ...about, ours: times(ours), peers, ratio: Math.round(ratio * 100) / 100 };
}

function times(runs: number[]): Times {
  return { median: quantile(runs, 0.5), p95: quantile(runs, 0.95), runs };
}

/** The nearest rank; the median of an even count is the mean of the two in the middle. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  if (part === 0.5 && sorted.length % 2 === 0) return (sorted[sorted.length / 2 - 1]! + sorted[sorted.length / 2]!) / 2;
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)]!;
}
