import { InvalidArgumentError } from "commander";

/** Returns a parser of whole numbers from 1 to `max`. */
export function parseCount(max: number) {
  return (text: string): number => {
    if (/^\d{1,9}$/.test(text) && Number(text) >= 1 && Number(text) <= max) return Number(text);
    throw new InvalidArgumentError(`Expected a number from 1 to ${max.toLocaleString("en")}.`);
  };
}

/** Returns "90s", "2m" or "0" in milliseconds. @throws InvalidArgumentError */
export function parseDuration(text: string): number {
  const [, number, unit] = /^(\d{1,5})(s|m)?$/.exec(text) ?? [];
  if (number === undefined || (unit === undefined && number !== "0"))
    throw new InvalidArgumentError("Expected a duration like 90s, 2m or 0.");
  return Number(number) * (unit === "m" ? 60_000 : 1_000);
}

/** Returns the instant of a day, of a time, or of "30m", "24h", "7d" ago. @throws InvalidArgumentError */
export function parseSince(text: string): Date {
  const [, number, unit] = /^(\d{1,4})([mhd])$/.exec(text) ?? [];
  if (number !== undefined)
    return new Date(Date.now() - Number(number) * { m: 60_000, h: 3_600_000, d: 86_400_000 }[unit as "m" | "h" | "d"]);
  const date = new Date(text);
  if (!/^\d{4}-\d{2}-\d{2}(T[\d:.]+(Z|[+-]\d{2}:\d{2})?)?$/.test(text) || Number.isNaN(date.getTime()))
    throw new InvalidArgumentError("Expected a day like 2026-11-22, a time like 2026-11-22T14:00Z, or 30m, 24h, 7d.");
  return date;
}
