import { prices } from "../preview/read/prices.ts";
import type { Accounts } from "./accounts.ts";
import { steps } from "./steps.ts";

const hoursAMonth = 730;

/** Says before anything is made what a run makes, costs, checks and leaves unproven. */
export function describeRun({ of, stack, plan, projects, hosts }: Accounts, left: string[]): string {
  const { organization, region, size } = plan.supabase;
  const cost = ((projects.length * prices.compute[size]) / hoursAMonth).toFixed(2);
  const width = Math.max(...steps.map(({ name }) => name.length));
  return [
    `An acceptance run on the real accounts of ${of}: Supabase organization ${organization} (${region}), Cloudflare zone of ${plan.domain}.`,
    "",
    "It makes, and takes away again:",
    `  Supabase projects  ${projects.join(", ")} (${size})`,
    `  DNS records        ${hosts.join(", ")}`,
    `  on this machine    the stack ${stack} with a state and a main database of its own; those of ${of} are not opened`,
    `It costs about ${cost} USD for each hour that begins (compute, list of ${prices.asOf}), and an organization on the free plan has room for two projects.`,
    "It takes 10 to 30 minutes, most of them Supabase's. Ctrl-C takes everything away too.",
    "",
    "It checks, in this order:",
    ...steps.map(({ name, proves }) => `  ${name.padEnd(width)}  ${proves}`),
    `It does not prove the app's certificate, page and sign-in: the app looks into the main database of ${of}, where these orchestras are not.`,
    ...(left.length > 0
      ? ["", "An earlier run left these, which are deleted first:", ...left.map((line) => `  ${line}`)]
      : []),
  ].join("\n");
}
