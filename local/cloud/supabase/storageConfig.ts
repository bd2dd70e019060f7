import { z } from "zod";

/** What a new project's Storage service is set to. */
export const storageDefaults: Record<string, unknown> = {
  fileSizeLimit: 52_428_800,
  features: {
    imageTransformation: { enabled: true },
    s3Protocol: { enabled: true },
    icebergCatalog: { enabled: false, maxNamespaces: 10, maxTables: 10, maxCatalogs: 2 },
    vectorBuckets: { enabled: false, maxBuckets: 10, maxIndexes: 5 },
  },
  capabilities: { list_v2: true, iceberg_catalog: false },
  external: { upstreamTarget: "main" },
  migrationVersion: "latest",
  databasePoolMode: "transaction_mode",
};

const limit = z.number().int().min(0);

export const updateStorageBody = z.object({
  fileSizeLimit: limit.max(536_870_912_000).optional(),
  features: z
    .object({
      imageTransformation: z.object({ enabled: z.boolean() }).optional(),
      s3Protocol: z.object({ enabled: z.boolean() }).optional(),
      icebergCatalog: z
        .object({ enabled: z.boolean(), maxNamespaces: limit, maxTables: limit, maxCatalogs: limit })
        .optional(),
      vectorBuckets: z.object({ enabled: z.boolean(), maxBuckets: limit, maxIndexes: limit }).optional(),
    })
    .optional(),
  external: z.object({ upstreamTarget: z.enum(["main", "canary"]) }).optional(),
});

/** Features are replaced one by one, everything else as a whole. */
export function mergeStorage(
  current: Record<string, unknown>,
  change: z.infer<typeof updateStorageBody>,
): Record<string, unknown> {
  return { ...current, ...change, features: { ...(current["features"] as object), ...change.features } };
}
