/**
 * Returns the role that holds the app's rights in one database: `app_malmo`, `app_pool__3`. Roles are shared by all databases of a cluster,
 * so each database has its own. A hyphen becomes two underscores: the login role of a version is the name with `_<version>`, and `malmo`'s
 * version 1 must not be the role of an orchestra called `malmo-1`.
 */
export function planRole(key: string): string {
  return `app_${key.replaceAll("-", "__")}`;
}
