/** Calls `report` every quarter of a minute, so that long work does not look dead; returns a function that stops it. */
export function reportRegularly(report: () => void): () => void {
  const timer = setInterval(report, 15_000);
  return () => clearInterval(timer);
}
