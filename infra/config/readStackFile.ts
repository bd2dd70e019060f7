import { type Document, isMap, isScalar, isSeq, type Scalar } from "yaml";
import { isDate, isSecure } from "./checks/checkForm.ts";
import { fullName } from "./checks/checkTopLevel.ts";
import { standInKey } from "./schema/keySchema.ts";
import { parseSource } from "./parseSource.ts";
import type { SourceFile } from "./problem.ts";
import { stackFileError } from "./stackFileError.ts";

/** A stack's configuration as the engine gives it to a program. */
export interface RawStack {
  stack: string;
  /** Pulumi's flat config: `stagesub:pool` → JSON text, `stagesub:domain` → plain text; decrypted; other namespaces too. */
  values: Record<string, string>;
  /** The keys that hold an encrypted value. */
  secretKeys: readonly string[];
  /** The stack file, for line numbers and for secrets in clear beside encrypted ones. */
  file?: SourceFile;
}

/**
 * Reads a stack file without Pulumi, as the engine would give it to a program. Encrypted values stay closed: each
 * becomes a stand-in URL that leads nowhere, so that everything else can be checked.
 *
 * @throws {UserError} when it is no YAML, or no stack file.
 */
export function readStackFile(stack: string, file: SourceFile): RawStack {
  const { document, problems } = parseSource(file);
  if (problems.length > 0) throw stackFileError(stack, problems);
  return { stack, ...readConfig(document), file };
}

/** Reads the configuration of a file without problems. */
export function readConfig(document: Document): Pick<RawStack, "values" | "secretKeys"> {
  const values: Record<string, string> = {};
  const secretKeys: string[] = [];
  const config: unknown = document.get("config");
  for (const { key, value } of isMap(config) ? config.items : []) {
    const full = fullName(key);
    const reading = { secrets: 0, prefix: `${full}-`.toLowerCase().replace(/[^a-z0-9]+/g, "-") };
    const isKey = isSecure(value) && /^stagesub:(key|previousKey)$/.test(full);
    const content = isKey ? standInKey : readNode(value, reading);
    values[full] = typeof content === "string" ? content : content === null ? "" : JSON.stringify(content);
    if (isKey || reading.secrets > 0) secretKeys.push(full);
  }
  return { values, secretKeys };
}

/** Reads a value of the flat config. Maps and lists arrive as JSON; other texts, and scalars such as 83, stay texts. */
export function readValue(text: string): unknown {
  if (text === "null" || text === "") return null;
  if (!/^[[{]/.test(text)) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** Stands for an encrypted connection URL while its key is not at hand. */
export function standInUrl(name: string): string {
  return `postgresql://encrypted:encrypted@${name}.invalid:5432/encrypted`;
}

/** Reads a value, and counts its secrets. */
function readNode(node: unknown, reading: { prefix: string; secrets: number }): unknown {
  if (isSecure(node)) return standInUrl(`${reading.prefix}${reading.secrets++}`);
  if (isSeq(node)) return node.items.map((item) => readNode(item, reading));
  if (isScalar(node)) return readScalar(node);
  if (!isMap(node)) return null;
  return Object.fromEntries(
    node.items.map(({ key, value }) => [String(isScalar(key) ? key.value : key), readNode(value, reading)]),
  );
}

/** Go's YAML reads some plain scalars otherwise: dates become timestamps, a leading zero means octal. */
function readScalar({ value, type, source }: Scalar): unknown {
  if (type !== "PLAIN" || source === undefined) return value;
  if (isDate(source)) return `${source} 00:00:00 +0000 UTC`;
  return /^0[0-7]+$/.test(source) ? parseInt(source, 8) : value;
}
