/** An input of a resource that differs, by name alone. */
export interface ChangedKey {
  /** The input's name, such as `migrations`. */
  key: string;
  /** The key that differs in the input, if the input is a map: `0012_nickname.sql`. */
  item?: string;
  kind: "add" | "delete" | "update";
}

/**
 * Returns the names of the inputs that differ. Values are compared and go no further.
 *
 * @param detailedDiff the provider's own diff, by property path; dynamic resources have none
 */
export function findChangedKeys(
  before: Record<string, unknown> = {},
  after: Record<string, unknown> = {},
  detailedDiff: Record<string, { diffKind: string }> | null = null,
): ChangedKey[] {
  if (detailedDiff && Object.keys(detailedDiff).length > 0)
    return Object.entries(detailedDiff).map(([path, { diffKind }]) => ({
      key: /^[^.[]*/.exec(path)![0],
      kind: /^(add|delete)/.exec(diffKind) ? (diffKind.split("-")[0] as "add" | "delete") : "update",
    }));
  return compare(before, after).flatMap(({ key, kind }) => {
    const [old, now] = [before[key], after[key]];
    if (!isMap(old) && !isMap(now)) return [{ key, kind }];
    const items = compare(isMap(old) ? old : {}, isMap(now) ? now : {});
    return items.length === 0
      ? [{ key, kind }]
      : items.map(({ key: item, kind: itemKind }): ChangedKey => ({ key, item, kind: itemKind }));
  });
}

/** Pulumi's own keys. */
const internal = new Set(["__provider", "__defaults"]);

function compare(before: Record<string, unknown>, after: Record<string, unknown>): ChangedKey[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return keys.flatMap((key): ChangedKey[] => {
    if (internal.has(key) || JSON.stringify(before[key]) === JSON.stringify(after[key])) return [];
    return [{ key, kind: before[key] === undefined ? "add" : after[key] === undefined ? "delete" : "update" }];
  });
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
