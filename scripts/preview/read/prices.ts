import type { supabaseSizes } from "../../../infra/config/schema/supabaseCatalogue.ts";

/**
 * Supabase's prices for a project's compute, in USD a month (rounded there; it bills by the hour). Sizes above 16xlarge stand in its
 * dashboard's source alone.
 */
export const prices: {
  /** The month of the list, and its page. */
  asOf: string;
  source: string;
  compute: Record<(typeof supabaseSizes)[number], number>;
  /** The plan's fee, once for an organization, whatever its stacks, and the compute that the fee covers. */
  plan: { name: string; fee: number; computeCredit: number };
  /** Disk that each project has without charge, in GB, and a further GB's price. */
  disk: { included: number; each: number };
} = {
  asOf: "2026-04",
  source: "https://supabase.com/docs/guides/platform/manage-your-usage/compute",
  compute: {
    // In a paid organization nano costs the same as micro.
    nano: 10,
    micro: 10,
    small: 15,
    medium: 60,
    large: 110,
    xlarge: 210,
    "2xlarge": 410,
    "4xlarge": 960,
    "8xlarge": 1_870,
    "12xlarge": 2_800,
    "16xlarge": 3_730,
    "24xlarge": 7_100,
    "24xlarge_optimized_cpu": 6_500,
    "24xlarge_optimized_memory": 10_100,
    "24xlarge_high_memory": 16_000,
    "48xlarge": 14_200,
    "48xlarge_optimized_cpu": 13_000,
    "48xlarge_optimized_memory": 20_200,
    "48xlarge_high_memory": 32_000,
  },
  plan: { name: "Pro", fee: 25, computeCredit: 10 },
  disk: { included: 8, each: 0.125 },
};
