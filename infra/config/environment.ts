/** What the program takes from its environment, for what a stack file leaves out. */
export interface Environment {
  /** `DATABASE_URL`: the main database, where `stagesub:databaseUrl` is left out. */
  databaseUrl?: string;
  /** `STAGESUB_APP_URL`: where the app answers, with `{host}`, where `stagesub:app.url` is left out. */
  appUrl?: string;
  /** `STAGESUB_BACKUP_CHECK`: `skip` lets this run go without a recent backup of the main database. */
  backupCheck?: string;
  /** No variable: what stands for `stagesub:key` where the file has none yet, for readers that open no secret. */
  standInKey?: string;
}

/** Reads the environment, in this one place. A variable that is set but empty counts as left out. */
export function readEnvironment(variables: NodeJS.ProcessEnv): Environment {
  const { DATABASE_URL: databaseUrl, STAGESUB_APP_URL: appUrl, STAGESUB_BACKUP_CHECK: backupCheck } = variables;
  return {
    ...(databaseUrl ? { databaseUrl } : {}),
    ...(appUrl ? { appUrl } : {}),
    ...(backupCheck ? { backupCheck } : {}),
  };
}

/** The keys of the stack's configuration of which anything was encrypted: Pulumi tells its program so. */
export function readSecretKeys(variables: NodeJS.ProcessEnv): string[] {
  return JSON.parse(variables["PULUMI_CONFIG_SECRET_KEYS"] || "[]") as string[];
}
