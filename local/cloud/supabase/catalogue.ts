/**
 * Supabase's regions, sizes and add-ons, from the Management API's OpenAPI document (version 1.0.0, as published in the npm package
 * supabase-management-js 2.0.2). Prices are Supabase's list prices in US dollars.
 */

export const regions = [
  "us-east-1",
  "us-east-2",
  "us-west-1",
  "us-west-2",
  "ap-east-1",
  "ap-southeast-1",
  "ap-northeast-1",
  "ap-northeast-2",
  "ap-southeast-2",
  "eu-west-1",
  "eu-west-2",
  "eu-west-3",
  "eu-north-1",
  "eu-central-1",
  "eu-central-2",
  "ca-central-1",
  "ap-south-1",
  "sa-east-1",
] as const;
export type Region = (typeof regions)[number];

export const instanceSizes = [
  "pico",
  "nano",
  "micro",
  "small",
  "medium",
  "large",
  "xlarge",
  "2xlarge",
  "4xlarge",
  "8xlarge",
  "12xlarge",
  "16xlarge",
  "24xlarge",
  "24xlarge_optimized_memory",
  "24xlarge_optimized_cpu",
  "24xlarge_high_memory",
  "48xlarge",
  "48xlarge_optimized_memory",
  "48xlarge_optimized_cpu",
  "48xlarge_high_memory",
] as const;
export type InstanceSize = (typeof instanceSizes)[number];

/** The size of a project that asks for none: a paid organization's smallest. */
export const defaultInstanceSize: InstanceSize = "micro";

interface Variant {
  id: string;
  name: string;
  /** In US dollars an hour for compute, a month for everything else. */
  price: number;
}

interface Addon {
  type: string;
  name: string;
  interval: "hourly" | "monthly";
  variants: Variant[];
}

const compute = (size: string, name: string, price: number): Variant => ({ id: `ci_${size}`, name, price });

const addons: Addon[] = [
  {
    type: "compute_instance",
    name: "Compute Instance",
    interval: "hourly",
    variants: [
      compute("micro", "Micro", 0.01344),
      compute("small", "Small", 0.0206),
      compute("medium", "Medium", 0.0822),
      compute("large", "Large", 0.1517),
      compute("xlarge", "XL", 0.2877),
      compute("2xlarge", "2XL", 0.562),
      compute("4xlarge", "4XL", 1.32),
      compute("8xlarge", "8XL", 2.562),
      compute("12xlarge", "12XL", 3.836),
      compute("16xlarge", "16XL", 5.12),
      compute("24xlarge", "24XL", 19.55),
      compute("24xlarge_optimized_cpu", "24XL - Optimized CPU", 14.73),
      compute("24xlarge_optimized_memory", "24XL - Optimized Memory", 9.59),
      compute("24xlarge_high_memory", "24XL - High Memory", 22.4),
      compute("48xlarge", "48XL", 39.1),
      compute("48xlarge_optimized_cpu", "48XL - Optimized CPU", 29.46),
      compute("48xlarge_optimized_memory", "48XL - Optimized Memory", 19.18),
      compute("48xlarge_high_memory", "48XL - High Memory", 44.8),
    ],
  },
  {
    type: "custom_domain",
    name: "Custom Domain",
    interval: "monthly",
    variants: [{ id: "cd_default", name: "Custom Domain", price: 10 }],
  },
  {
    type: "pitr",
    name: "Point In Time Recovery",
    interval: "monthly",
    variants: [
      { id: "pitr_7", name: "7 days", price: 100 },
      { id: "pitr_14", name: "14 days", price: 200 },
      { id: "pitr_28", name: "28 days", price: 400 },
    ],
  },
  {
    type: "ipv4",
    name: "Dedicated IPv4 address",
    interval: "monthly",
    variants: [{ id: "ipv4_default", name: "IPv4", price: 4 }],
  },
];

/** Lists every add-on with its variants, in the API's shape. */
export function listAddons() {
  return addons.map((addon) => ({
    type: addon.type,
    name: addon.name,
    variants: addon.variants.map((variant) => formatVariant(addon, variant)),
  }));
}

/** Finds the variant in the API's shape, with its type; undefined for an unknown one. */
export function findVariant(id: string) {
  for (const addon of addons) {
    const variant = addon.variants.find((candidate) => candidate.id === id);
    if (variant) return { type: addon.type, variant: formatVariant(addon, variant) };
  }
  return undefined;
}

function formatVariant(addon: Addon, variant: Variant) {
  const unit = addon.interval === "hourly" ? "hour" : "month";
  return {
    id: variant.id,
    name: variant.name,
    price: {
      description: `$${variant.price}/${unit}`,
      type: addon.interval === "hourly" ? ("usage" as const) : ("fixed" as const),
      interval: addon.interval,
      amount: variant.price,
    },
    meta: {},
  };
}
