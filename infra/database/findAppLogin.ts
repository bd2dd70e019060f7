import { parseConnectionUrl } from "./connection.ts";

/**
 * The app's login `<appRole>_<version>`, where an adopted database's URL carries it: `orchestra setup` made it. Any other
 * user in it, such as the owner, is not the app's, and the app gets a login of its own.
 */
export function findAppLogin(url: string, appRole: string): { version: number; password: string } | undefined {
  const { user, password } = parseConnectionUrl(url);
  const [role = ""] = user.split(".");
  const version = role.startsWith(`${appRole}_`) ? role.slice(appRole.length + 1) : "";
  return /^[1-9]\d{0,3}$/.test(version) ? { version: Number(version), password } : undefined;
}
