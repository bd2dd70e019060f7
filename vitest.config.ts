import { defineConfig } from "vitest/config";

const setupFiles = ["test/support/plainOutput.ts"];
const withCheapPasswords = [...setupFiles, "test/support/cheapPasswords.ts"];

/**
 * Two files at a time, as CI has two cores: each brings its own cluster, cloud and ports. The engine's tests take the
 * longest and come first, so that the others run beside them.
 */
export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: "engine",
          setupFiles,
          include: ["test/engine/**/*.test.ts"],
          testTimeout: 300_000,
          hookTimeout: 600_000,
        },
      },
      // `npm run test:faults`: not part of `npm test`.
      {
        test: {
          name: "faults",
          setupFiles,
          include: ["test/faults/**/*.test.ts"],
          testTimeout: 1_800_000,
          hookTimeout: 600_000,
        },
      },
      {
        test: {
          name: "unit",
          setupFiles,
          include: ["test/unit/**/*.test.ts"],
          // Time limits are for what hangs: a property test on a busy machine may take many seconds.
          testTimeout: 60_000,
          // A worker keeps what it has loaded, a quarter of the time: these tests keep no state in modules and mock none.
          isolate: false,
        },
      },
      {
        test: {
          name: "database",
          setupFiles: withCheapPasswords,
          include: ["test/database/**/*.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: "browser",
          setupFiles,
          include: ["test/browser/**/*.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: "local",
          setupFiles: withCheapPasswords,
          include: ["test/local/**/*.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
