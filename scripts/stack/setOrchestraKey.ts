import { isMap, isScalar, parseDocument } from "yaml";
import { columnOf, endOf, findPair, insertLines, type ParsedMap, stackFormError } from "./insertEntry.ts";

/**
 * Gives one key of an orchestra's entry in a stack file's text a plain value: an existing value is replaced, or the key is put at the
 * end of the entry, in the entry's own form. Every other byte stays: comments, order, quotes. It does not check what the
 * file then says; parseStack does.
 *
 * @throws {UserError} when the entry is not written where it stands: an alias
 */
export function setOrchestraKey(text: string, id: string, key: string, value: number | boolean | string): string {
  const entry = findOrchestra(text, id);
  const known = findPair(entry, [key])?.value;
  if (known !== undefined && known !== null) {
    if (!isScalar(known)) throw stackFormError(`${id}.${key}:`);
    return text.slice(0, known.range[0]) + String(value) + text.slice(known.range[1]);
  }
  const last = entry.items.at(-1)!;
  if (entry.flow) {
    const end = (last.value ?? last.key).range[1];
    return `${text.slice(0, end)}, ${key}: ${value}${text.slice(end)}`;
  }
  const column = columnOf(text, last.key.range[0]);
  return insertLines(text, endOf(text, last, column), [`${" ".repeat(column)}${key}: ${value}`]);
}

function findOrchestra(text: string, id: string): ParsedMap {
  const contents = parseDocument(text).contents;
  const config = isMap(contents) ? findPair(contents, ["config"])?.value : undefined;
  const orchestras = isMap(config) ? findPair(config, ["stagesub:orchestras", "orchestras"])?.value : undefined;
  const entry = isMap(orchestras) ? findPair(orchestras, [id])?.value : undefined;
  if (!isMap(entry) || entry.items.length === 0) throw stackFormError(`stagesub:orchestras.${id}:`);
  return entry;
}
