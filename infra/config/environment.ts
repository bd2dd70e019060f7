/** Values from the environment, for keys that a stack file leaves out. */
export interface Environment {
  /** `DATABASE_URL`: the main database, where `stagesub:databaseUrl` is left out. */
  databaseUrl?: string | undefined;
  /** `STAGESUB_APP_URL`: the app's address, with `{host}`, where `stagesub:app.url` is left out. */
  appUrl?: string | undefined;
  /** `STAGESUB_BACKUP_CHECK`: `skip` lets this run go without a recent backup of the main database. */
  backupCheck?: string | undefined;
  /** No variable: stands for a `stagesub:key` that the file does not have yet, for readers that open no secret. */
  standInKey?: string;
}

/** Reads the environment, in this one place. A variable that is set but empty counts as left out. */
export function readEnvironment(variables: NodeJS.ProcessEnv): Environment {
  const { DATABASE_URL: databaseUrl, STAGESUB_APP_URL: appUrl, STAGESUB_BACKUP_CHECK: backupCheck } = variables;
  return { databaseUrl: databaseUrl || undefined, appUrl: appUrl || undefined, backupCheck: backupCheck || undefined };
}

/** Returns the keys of the stack's configuration that hold an encrypted value, as Pulumi tells its program. */
export function readSecretKeys(variables: NodeJS.ProcessEnv): string[] {
  return JSON.parse(variables["PULUMI_CONFIG_SECRET_KEYS"] || "[]") as string[];
}
