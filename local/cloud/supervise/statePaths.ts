import path from "node:path";

/** The contents of a state directory beside settings.json and, except as root, PostgreSQL's data in `postgres/`. */
export interface StatePaths {
  /** The supervisor's log. */
  log: string;
  pidFile: string;
  /** Pulumi's file backend. */
  pulumi: string;
}

export function statePaths(dir: string): StatePaths {
  return {
    log: path.join(dir, "cloud.log"),
    pidFile: path.join(dir, "supervisor.pid"),
    pulumi: path.join(dir, "pulumi"),
  };
}
