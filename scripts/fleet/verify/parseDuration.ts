/** Returns the milliseconds of "90s", "2m" or "0"; undefined for any other text. */
export function parseDuration(text: string): number | undefined {
  const [, number, unit] = /^(\d{1,5})(s|m)?$/.exec(text) ?? [];
  if (number === undefined || (unit === undefined && number !== "0")) return undefined;
  return Number(number) * (unit === "m" ? 60_000 : 1_000);
}
