import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { UserError } from "../../errors.ts";
import { readTextFile } from "../../util/readTextFile.ts";
import { readSettings, type SettingSeed } from "./readSettings.ts";
import { readTemplate, templateFiles, type TemplateSeed } from "./readTemplate.ts";

export interface SeedFile {
  /** Name in the folder, such as `templates/welcome.sv.md`. */
  file: string;
  /** SHA-256 of the file's bytes, in hex. */
  sha256: string;
}

/** The contents of a new orchestra's database. */
export interface Seeds {
  files: SeedFile[];
  templates: TemplateSeed[];
  settings: SettingSeed[];
}

/**
 * Reads `settings.yaml` and `templates/<name>.<language>.md` of a folder. Ignores hidden files.
 *
 * @throws {UserError} with all problems at once: file, line, expected and found.
 */
export function readSeeds(directory: string): Seeds {
  const problems: string[] = [];
  const files: SeedFile[] = [];
  const read = (file: string): string | undefined => {
    const fullPath = path.join(directory, file);
    if (!existsSync(fullPath)) {
      problems.push(`${fullPath}: expected this file, found none. Bring it back, or copy its neighbour.`);
      return undefined;
    }
    const read = readTextFile(fullPath, { loneCr: true });
    if ("reason" in read) {
      problems.push(`${fullPath}:${read.line}: ${read.reason}.`);
      return undefined;
    }
    files.push({ file, sha256: read.sha256 });
    // Editors write CRLF and lone CR; neither belongs in a mail.
    return read.text.replace(/\r\n?/g, "\n");
  };
  const reportIn = (file: string) => (line: number, problem: string) =>
    problems.push(`${path.join(directory, file)}:${line}: ${problem}`);

  const templates = templateFiles.flatMap((template) => {
    const text = read(template.file);
    return text === undefined ? [] : (readTemplate(text, template, reportIn(template.file)) ?? []);
  });
  const text = read("settings.yaml");
  const settings = text === undefined ? [] : readSettings(text, reportIn("settings.yaml"));
  problems.push(...findUnknownFiles(directory));
  if (problems.length > 0) throw new UserError("seed-files", `Refusing these seeds:\n- ${problems.join("\n- ")}`);
  return { files: files.sort((a, b) => (a.file < b.file ? -1 : 1)), templates, settings };
}

/** Reports files that nothing reads: a misspelt name would otherwise be a template that nobody ever sees. */
function findUnknownFiles(directory: string): string[] {
  const known = new Set(["settings.yaml", "templates", ...templateFiles.map(({ file }) => file)]);
  const list = (folder: string) =>
    existsSync(path.join(directory, folder)) ? readdirSync(path.join(directory, folder)) : [];
  return [...list("."), ...list("templates").map((file) => `templates/${file}`)]
    .filter((file) => !known.has(file) && !path.basename(file).startsWith("."))
    .sort()
    .map((file) => {
      const names = [...new Set(templateFiles.map(({ name }) => name))].join(", ");
      return `${path.join(directory, file)}: nothing reads this file. Templates are named <name>.<sv|en>.md, with a name out of ${names}.`;
    });
}
