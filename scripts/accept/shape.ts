import { onOneLine } from "../../infra/util/text.ts";

/** A JSON value without its content: path → types. The value itself is "", its fields are ".name", the elements of an array "[]". */
export type Shape = Record<string, string[]>;

/** Fields whose words are the API's own, such as ACTIVE_HEALTHY: only of these is the value kept. */
const spoken = new Set(["status", "type", "pool_mode", "database_type"]);

/** Adds the shape of a value to what was seen before. */
export function addShape(shape: Shape, value: unknown, path = ""): Shape {
  const note = (type: string) => {
    const types = (shape[path] ??= []);
    if (!types.includes(type)) types.push(type);
  };
  if (value === null) note("null");
  else if (Array.isArray(value)) {
    note("array");
    for (const element of value) addShape(shape, element, `${path}[]`);
  } else if (typeof value === "object") {
    note("object");
    for (const [key, field] of Object.entries(value)) addShape(shape, field, `${path}.${nameField(key)}`);
  } else {
    const field = path.split(".").at(-1)!;
    const isWord = typeof value === "string" && spoken.has(field) && /^[A-Za-z_]{1,40}$/.test(value);
    note(isWord ? JSON.stringify(value) : typeof value);
  }
  return shape;
}

/** A key that is an id or an address is content too. */
function nameField(key: string): string {
  return /^[A-Za-z_][\w-]{0,39}$/.test(key) && !/\d{4}/.test(key) && !isRef(key) ? key : "*";
}

/** Returns the path of a request with its ids taken out, and the names of its parameters: "/v1/projects/{ref}". */
export function describePath(pathAndQuery: string): string {
  const { pathname, searchParams } = new URL(pathAndQuery, "http://localhost");
  const parts = pathname.split("/").map((part, index, all) => {
    if (all[index - 1] === "organizations") return "{slug}";
    if (isRef(part)) return "{ref}";
    return /^[a-z_\d.-]{1,40}$/.test(part) && !/\d{5}|[0-9a-f]{32}/.test(part) ? part : part === "" ? "" : "{id}";
  });
  const names = [...new Set(searchParams.keys())].sort();
  return parts.join("/") + (names.length > 0 ? `?${names.join("&")}` : "");
}

function isRef(text: string): boolean {
  return /^[a-z]{20}$/.test(text);
}

/** Order matters: a URL holds addresses, an address may look like an id. */
const contents: [RegExp, string][] = [
  [/\b[a-z][a-z+.-]*:\/\/\S+/gi, "{url}"],
  [/\b[^\s"'<>@]+@[^\s"'<>@]+/g, "{e-mail}"],
  [/(?<![A-Za-z\d])[a-z]{20}(?![A-Za-z\d])/g, "{ref}"],
  [/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/gi, "{id}"],
  [/\b[0-9a-f]{1,4}(:[0-9a-f]{0,4}){3,7}\b|\b\d{1,3}(\.\d{1,3}){3}(:\d+)?\b/gi, "{address}"],
  [/\b([a-z\d-]+\.)+[a-z]{2,}\b/gi, "{host}"],
  [/(?<![\w-])(?=[\w+/=-]*\d)[\w+/=-]{16,}/g, "{id}"],
];

/** Returns the wording of an error, on one line, without what belongs to one account. */
export function scrub(text: string, own: readonly string[] = []): string {
  const bare = own.filter((word) => word.length > 3).reduce((rest, word) => rest.replaceAll(word, "{own}"), text);
  const words = contents.reduce((rest, [pattern, stand]) => rest.replace(pattern, stand), bare);
  return onOneLine(words, 300);
}
