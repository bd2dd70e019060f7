import { readFile } from "node:fs/promises";
import path from "node:path";

import type { CloudSettings } from "../../../local/cloud/settings.ts";

/** Reads the lines of the local cloud's log that one service wrote. */
export async function readCloudLog(cloud: CloudSettings, service: "cloudflare" | "supabase"): Promise<string[]> {
  const text = await readFile(path.join(cloud.dir, "cloud.log"), "utf8");
  return text.split("\n").filter((line) => line.includes(service));
}
