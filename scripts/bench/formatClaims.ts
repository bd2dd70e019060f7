import { formatTable } from "../cli/formatTable.ts";

import type { Measurement } from "./measureClaims.ts";

/** Median and range. */
export interface Spread {
  median: number;
  min: number;
  max: number;
}

export interface Summary {
  /** Seconds from the start of `pulumi up` to the login page. */
  page: Record<"claim" | "project", Spread>;
  /** Seconds to the end of `pulumi up`. */
  up: Record<"claim" | "project", Spread>;
  /** The factor by which the claim's page is faster, by repetition: both sides of each ratio were measured minutes apart. */
  ratio: Spread;
}

export function summarize({ repetitions }: Measurement): Summary {
  const each = (what: "page" | "up") => ({
    claim: spread(repetitions.map(({ claim }) => claim[what])),
    project: spread(repetitions.map(({ project }) => project[what])),
  });
  const ratio = spread(repetitions.map(({ claim, project }) => project.page / claim.page));
  return { page: each("page"), up: each("up"), ratio };
}

/** Formats each repetition, and below them the median and the range. */
export function formatClaims({ repetitions }: Measurement, { page, up, ratio }: Summary, width = Infinity): string {
  const [first, ...others] = [
    "",
    "claim: page",
    "project: page",
    "ratio",
    "claim: up ends",
    "project: up ends",
  ] as const;
  const measured = repetitions.map(({ claim, project }, index) => [
    `${index + 1}`,
    seconds(claim.page),
    seconds(project.page),
    times(project.page / claim.page),
    seconds(claim.up),
    seconds(project.up),
  ]);
  const all = [page.claim, page.project, ratio, up.claim, up.project];
  const show = (value: (of: Spread) => number) =>
    all.map((of) => (of === ratio ? times(value(of)) : seconds(value(of))));
  const rows = [
    ...measured,
    ["median", ...show(({ median }) => median)],
    ["least", ...show(({ min }) => min)],
    ["most", ...show(({ max }) => max)],
  ];
  return formatTable([first, ...others], rows, { width, right: others });
}

function spread(values: number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const median = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return { median, min: sorted[0]!, max: sorted.at(-1)! };
}

function seconds(value: number): string {
  return `${value.toFixed(2)} s`;
}

function times(value: number): string {
  return `${value.toFixed(1)}×`;
}
