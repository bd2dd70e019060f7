import type { z } from "zod";
import { appUrlRules } from "./schema/appSchema.ts";
import { backupCheckRules } from "./schema/backupSchema.ts";
import { checkDatabases } from "./checks/checkDatabases.ts";
import { checkLifecycle } from "./checks/checkLifecycle.ts";
import { checkNames } from "./checks/checkNames.ts";
import { checkNeedlessSecrets, checkSecrets } from "./checks/checkSecrets.ts";
import { checkReading } from "./checks/checkReading.ts";
import { checkRollout } from "./checks/checkRollout.ts";
import { readDeclared } from "./checks/declared.ts";
import type { Environment } from "./environment.ts";
import { explainIssues } from "./explainIssues.ts";
import { mapSource } from "./locate.ts";
import { type Finding, formatPath, type Problem } from "./problem.ts";
import { missingKey } from "./schema/keySchema.ts";
import { type RawStack, readConfig } from "./readStackFile.ts";
import { setSecretCommand } from "./setSecretCommand.ts";
import { stackFileError } from "./stackFileError.ts";
import { databaseUrlRules, poolMax, stackSchema } from "./schema/stackSchema.ts";
import { refuseText, type TextRules } from "./schema/textRules.ts";

type Parsed = z.output<typeof stackSchema>;

/** One orchestra as declared; `subdomain` is left out where it is the id. */
export type OrchestraConfig = Parsed["orchestras"][string];

/** A stack file that can be planned: checked, with every default filled in. */
export interface StackConfig extends Omit<Parsed, "app" | "key" | "keyVersion" | "databaseUrl" | "backup"> {
  stack: string;
  /** `url` holds `{host}` in place of an orchestra's name. */
  app: Omit<Parsed["app"], "url"> & { url: string };
  /** From 1. */
  keyVersion: number;
  /** 32 bytes in base64. Secret. */
  key: string;
  /** The main database. Secret. */
  databaseUrl: string;
  /** Undefined: this run goes without a backup (`STAGESUB_BACKUP_CHECK=skip`). */
  backup: Parsed["backup"] | undefined;
}

/**
 * Checks a stack's configuration and fills in its defaults.
 *
 * @throws {UserError} with every problem at once, each with its place and what to do; nothing secret is in it.
 */
export function parseStack(raw: RawStack, environment: Environment): StackConfig {
  const values = readValues(raw.values);
  const source = raw.file && mapSource(raw.file);
  const parsed = stackSchema.safeParse(values);
  const databaseUrl = parsed.data?.databaseUrl ?? environment.databaseUrl;
  const key = parsed.data?.key ?? environment.standInKey;
  const url = parsed.data?.app.url ?? environment.appUrl ?? "https://{host}";
  const declared = readDeclared({ databaseUrl: environment.databaseUrl, ...values }, poolMax);
  const misplaced = checkNeedlessSecrets({ ...raw, values });
  const findings = [
    ...explainIssues(raw.stack, values, parsed.error?.issues ?? []),
    ...(values["key"] === undefined && key === undefined ? [missingKey(raw.stack)] : []),
    ...checkEnvironment(raw.stack, values, environment),
    ...(raw.file && source?.form.length === 0
      ? checkReading(raw.file.path, raw.values, readConfig(source.document).values, readValue)
      : []),
    ...checkSecrets({ ...raw, values, ...(source === undefined ? {} : { source }) }),
    // These checks compare keys and repeat their values, which must not be encrypted ones.
    ...(misplaced.length > 0
      ? []
      : [
          ...checkNames(declared),
          ...checkDatabases(declared, raw.stack),
          ...checkLifecycle(declared),
          ...checkRollout(declared, raw.stack),
        ]),
  ].filter(({ path }) => !misplaced.some((other) => other.path[0] === path[0]));
  const problems = [
    ...(source?.form ?? []),
    ...[...misplaced, ...findings].map((finding) => place(finding, source?.locate(finding))),
  ];
  if (!parsed.success || problems.length > 0 || databaseUrl === undefined || key === undefined)
    throw stackFileError(raw.stack, problems);
  const backup = environment.backupCheck === "skip" ? undefined : parsed.data.backup;
  return {
    ...parsed.data,
    stack: raw.stack,
    key,
    keyVersion: Number(parsed.data.keyVersion),
    databaseUrl,
    app: { ...parsed.data.app, url },
    backup,
  };
}

/** Returns the `stagesub:` keys without their namespace. Texts stay texts; the others arrive as JSON. */
function readValues(flat: Record<string, string>): Record<string, unknown> {
  const ours = Object.entries(flat).filter(([key]) => key.startsWith("stagesub:"));
  return Object.fromEntries(ours.map(([key, text]) => [key.slice("stagesub:".length), readValue(text)]));
}

/** Reads a value. Maps and lists arrive as JSON; other texts, and scalars such as 83, stay the texts that they arrived as. */
function readValue(text: string): unknown {
  if (text === "null" || text === "") return null;
  if (!/^[[{]/.test(text)) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** Checks the environment, which stands in for keys that the file leaves out, under the same rules. */
function checkEnvironment(stack: string, values: Record<string, unknown>, environment: Environment): Finding[] {
  const findings: Finding[] = [];
  const { databaseUrl, appUrl, backupCheck } = environment;
  if (values["databaseUrl"] === undefined) {
    if (databaseUrl !== undefined) findings.push(...checkVariable("DATABASE_URL", databaseUrl, databaseUrlRules));
    else findings.push(missingDatabaseUrl(stack));
  }
  const app = values["app"] as { url?: unknown } | undefined;
  if (appUrl !== undefined && app?.url === undefined)
    findings.push(...checkVariable("STAGESUB_APP_URL", appUrl, appUrlRules));
  if (backupCheck !== undefined)
    findings.push(...checkVariable("STAGESUB_BACKUP_CHECK", backupCheck, backupCheckRules));
  return findings;
}

function checkVariable(name: string, text: string, rules: TextRules): Finding[] {
  const refusal = refuseText(text, rules);
  if (refusal === undefined) return [];
  const got = "the environment variable's value (not shown)";
  return [{ path: [name], about: "value", expected: rules.expected, got, ...refusal }];
}

function missingDatabaseUrl(stack: string): Finding {
  return {
    path: ["stagesub:databaseUrl"],
    about: "value",
    expected: databaseUrlRules.expected,
    got: "nothing, neither here nor in DATABASE_URL",
    why: "every orchestra is registered in the main database",
    remedy: `${setSecretCommand(["stagesub:databaseUrl"], stack)}, or set DATABASE_URL`,
  };
}

function place(finding: Finding, at: Problem["at"]): Problem {
  const { path, about: _, ...words } = finding;
  return { ...words, path: formatPath(path), ...(at === undefined ? {} : { at }) };
}
