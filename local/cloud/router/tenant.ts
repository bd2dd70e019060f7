/** The project and the role that a start-up packet asks for, or the text with which Supavisor refuses it. */
export type Tenant = { role: string; ref: string } | { refusal: string };

/** The time that Supavisor lets a client wait before it answers that it knows no such project, in milliseconds. */
export const unknownTenantMs = 500;

/**
 * Reads the parameters as Supavisor does: the project is what `options` calls the reference, else what follows the user's last dot
 * (https://github.com/supabase/supavisor/blob/main/lib/supavisor/handler_helpers.ex).
 */
export function findTenant(parameters: ReadonlyMap<string, string>): Tenant {
  const user = parameters.get("user") ?? "";
  const reference = readReference(parameters.get("options") ?? "");
  const dot = user.lastIndexOf(".");
  const [role, ref] =
    reference !== undefined || dot < 0 ? [user, reference] : [user.slice(0, dot), user.slice(dot + 1)];
  if (role === "")
    return { refusal: '(EINVALIDUSERINFO) Authentication error, reason: "Invalid format for user or db_name"' };
  if (ref === undefined)
    return { refusal: "(ENOIDENTIFIER) no tenant identifier provided (external_id or sni_hostname required)" };
  return { role, ref };
}

/** @param user such as `postgres.<ref>` */
export function unknownTenant(user: string): string {
  return `(ENOTFOUND) tenant/user ${user} not found`;
}

/** Reads settings as PostgreSQL takes them, `-c name=value` or `--name=value`; without any, a query such as `reference=…`. */
function readReference(options: string): string | undefined {
  const settings = [...options.matchAll(/(?:^|\s)(?:-c\s+|--)([^\s=]+)=(\S*)/g)];
  if (settings.length > 0) return settings.findLast(([, name]) => name === "reference")?.[2];
  return new URLSearchParams(options).get("reference") ?? undefined;
}
