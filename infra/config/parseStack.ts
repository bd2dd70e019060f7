import type { z } from "zod";
import { checkDatabases } from "./checks/checkDatabases.ts";
import { checkNames } from "./checks/checkNames.ts";
import { checkReading } from "./checks/checkReading.ts";
import { checkRollout } from "./checks/checkRollout.ts";
import { checkNeedlessSecrets, checkSecrets } from "./checks/checkSecrets.ts";
import { readDeclared } from "./checks/declared.ts";
import type { Environment } from "./environment.ts";
import { explainIssues } from "./explainIssues.ts";
import { type ConfigProblem, formatPath, type Place, type Problem, setSecretCommand } from "./problem.ts";
import { type RawStack, readConfig, readValue } from "./readStackFile.ts";
import { appUrlRules } from "./schema/appSchema.ts";
import { backupCheckRules } from "./schema/backupSchema.ts";
import { missingKey } from "./schema/keySchema.ts";
import { databaseUrlRules, stackSchema } from "./schema/stackSchema.ts";
import { refuseText, type TextRules } from "./schema/textField.ts";
import { parseSource } from "./parseSource.ts";
import { stackFileError } from "./stackFileError.ts";

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
  const { stack, file, secretKeys } = raw;
  const ours = Object.entries(raw.values).filter(([key]) => key.startsWith("stagesub:"));
  const values = Object.fromEntries(ours.map(([key, text]) => [key.slice("stagesub:".length), readValue(text)]));
  const source = file && parseSource(file);
  const parsed = stackSchema.safeParse(values, { reportInput: true });
  const databaseUrl = parsed.data?.databaseUrl ?? environment.databaseUrl;
  const key = parsed.data?.key ?? environment.standInKey;
  const url = parsed.data?.app.url ?? environment.appUrl ?? "https://{host}";
  const declared = readDeclared({ databaseUrl: environment.databaseUrl, ...values });
  const misplaced = checkNeedlessSecrets({ stack, values, secretKeys });
  // These checks compare keys and repeat their values, which must not be encrypted ones.
  const compared =
    misplaced.length > 0
      ? []
      : [...checkNames(declared), ...checkDatabases(declared, stack), ...checkRollout(declared, stack)];
  const findings = [
    ...explainIssues(stack, parsed.error?.issues ?? []),
    ...(values["key"] === undefined && key === undefined ? [missingKey(stack)] : []),
    ...checkEnvironment(stack, values, environment),
    ...(source?.problems.length === 0 ? checkReading(file!.path, raw.values, readConfig(source.document).values) : []),
    ...checkSecrets({ stack, values, secretKeys }, source),
    ...compared,
  ].filter(({ path }) => !misplaced.some((other) => other.path[0] === path[0]));
  const problems = [
    ...(source?.problems ?? []),
    ...[...misplaced, ...findings].map((finding) => place(finding, source?.locate(finding))),
  ];
  if (!parsed.success || problems.length > 0 || databaseUrl === undefined || key === undefined)
    throw stackFileError(stack, problems);
  return {
    ...parsed.data,
    stack,
    key,
    keyVersion: Number(parsed.data.keyVersion),
    databaseUrl,
    app: { ...parsed.data.app, url },
    backup: environment.backupCheck === "skip" ? undefined : parsed.data.backup,
  };
}

/** Checks the environment, which stands in for keys that the file leaves out, under the same rules. */
function checkEnvironment(stack: string, values: Record<string, unknown>, environment: Environment): ConfigProblem[] {
  const { databaseUrl, appUrl, backupCheck } = environment;
  const isLeftOut = values["databaseUrl"] === undefined;
  const app = values["app"] as { url?: unknown } | undefined;
  return [
    ...(isLeftOut && databaseUrl === undefined ? [missingDatabaseUrl(stack)] : []),
    ...(isLeftOut ? checkVariable("DATABASE_URL", databaseUrl, databaseUrlRules) : []),
    ...(app?.url === undefined ? checkVariable("STAGESUB_APP_URL", appUrl, appUrlRules) : []),
    ...checkVariable("STAGESUB_BACKUP_CHECK", backupCheck, backupCheckRules),
  ];
}

function checkVariable(name: string, text: string | undefined, rules: TextRules): ConfigProblem[] {
  const refusal = text === undefined ? undefined : refuseText(text, rules);
  const got = "the environment variable's value (not shown)";
  return refusal ? [{ path: [name], expected: rules.expected, got, ...refusal }] : [];
}

function missingDatabaseUrl(stack: string): ConfigProblem {
  return {
    path: ["stagesub:databaseUrl"],
    expected: databaseUrlRules.expected,
    got: "nothing, neither here nor in DATABASE_URL",
    why: "every orchestra is registered in the main database",
    remedy: `${setSecretCommand(["stagesub:databaseUrl"], stack)}, or set DATABASE_URL`,
  };
}

function place({ path, atKey: _, ...words }: ConfigProblem, at: Place | undefined): Problem {
  return { ...words, path: formatPath(path), ...(at && { at }) };
}
