import { sha256 } from "../util/digest.ts";

/**
 * Returns the role that holds the app's rights in one database: `app_production_malmo`, `app_production_pool__3`. Roles are shared by all
 * databases of a cluster, so each database of each stack has its own. A hyphen becomes two underscores: the login role of a version is the
 * name with `_<version>`, and `malmo`'s version 1 must not be the role of an orchestra called `malmo-1`.
 */
export function planRole(stack: string, key: string): string {
  // PostgreSQL cuts names at 63 bytes: a digest stands for a stack's name that is long or has other signs.
  const part = /^[a-z0-9]{1,10}$/.test(stack) ? stack : sha256(stack).slice(0, 8);
  return `app_${part}_${key.replaceAll("-", "__")}`;
}
