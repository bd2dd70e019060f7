import { startCluster, type ClusterOptions, type RunningCluster } from "./startCluster.ts";

/** The number of restarts within a minute; more means a fault that a restart does not cure. */
const maxRestarts = 3;

/**
 * Starts the cluster and starts it again when its server dies (killed by hand or by the kernel), until it is closed. The returned cluster
 * stays valid over a restart; queries in between fail.
 */
export async function superviseCluster(options: ClusterOptions): Promise<RunningCluster> {
  let running = await startCluster(options);
  let closing = false;
  const restarts: number[] = [];

  const watch = async () => {
    for (;;) {
      await running.exited;
      if (closing) return;
      const now = Date.now();
      restarts.push(now);
      if (restarts.filter((time) => time > now - 60_000).length > maxRestarts) {
        return options.log(
          `PostgreSQL died ${maxRestarts + 1} times within a minute and stays down; see ${running.logFile}`,
        );
      }
      options.log("PostgreSQL died; starting it again");
      running = await startCluster(options);
      if (closing) return running.close();
    }
  };
  const watching = watch().catch((error: Error) => options.log(`PostgreSQL stays down: ${error.message}`));

  return {
    ...running,
    get pid() {
      return running.pid;
    },
    exited: watching,
    async close() {
      closing = true;
      await running.close();
      await watching;
    },
  };
}
