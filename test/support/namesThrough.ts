import { encode, decode } from "dns-packet";
import { expect } from "vitest";

import { formatPath } from "../../infra/config/problem.ts";
import { standInKey } from "../../infra/config/schema/keySchema.ts";
import { parseStack } from "../../infra/config/parseStack.ts";
import { UserError } from "../../infra/errors.ts";
import type { Problem } from "../../infra/config/problem.ts";
import { loginPage, noticePage, signedInPage } from "../../local/cloud/app/pages.ts";
import { renderReport } from "../../scripts/fleet/report/renderReport.ts";
import { drift } from "../../scripts/fleet/difference.ts";
import { fleet, orchestra, poolDatabase, poolReport, sharedParts } from "./fleets.ts";
import type { HostileOrchestra } from "./hostileNames.ts";

/** Signs that a terminal, a log or a reader's eye would obey instead of show; line ends and tabs are the message's own. */
const obeyed = /(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

/** Sends names through the stack file's checks and returns those that pass, unchanged. Refusals show nothing raw. */
export function throughConfig(entries: HostileOrchestra[]): HostileOrchestra[] {
  const unique = [...new Map(entries.map((entry) => [entry.id, entry])).values()];
  const { problems, message } = refusal(unique);
  expect(message.split("\n").filter((line) => obeyed.test(line))).toEqual([]);
  const accepted = unique.filter(({ id }) => {
    const place = formatPath(["stagesub:orchestras", id]);
    return !problems.some(({ path }) => path === place || path.startsWith(`${place}.`) || path.startsWith(`${place}[`));
  });
  const parsed = parse(accepted);
  expect(Object.keys(parsed.orchestras)).toEqual(accepted.map(({ id }) => id));
  for (const entry of accepted) {
    const { name, contact, subdomain } = parsed.orchestras[entry.id]!;
    expect({ id: entry.id, name, subdomain, contact }).toEqual(entry);
    expect(entry.subdomain).toMatch(/^(?!xn--)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/);
    expect(name + contact.name).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u202a-\u202e\u2066-\u2069]/u);
    expect(contact.email).toMatch(/^[\x21-\x7e]{1,64}@[^\s\p{Cc}\p{Cf}@<>,;"]+$/u);
  }
  return accepted;
}

function refusal(entries: HostileOrchestra[]): { message: string; problems: readonly Problem[] } {
  try {
    parse(entries);
    return { problems: [], message: "" };
  } catch (error) {
    if (UserError.is(error, "stack-file")) return { message: error.message, problems: error.fields.problems! };
    throw error;
  }
}

function parse(entries: HostileOrchestra[]) {
  const orchestras = entries.map(({ id, ...rest }) => [id, { ...rest, since: "2026-11-22" }]);
  const values = {
    "stagesub:domain": "stagesub.com",
    "stagesub:app": JSON.stringify({ target: "cname.vercel-dns.com" }),
    "stagesub:cloudflare": JSON.stringify({ zoneId: "023e105f4ecef8ad9ca31a8372d0c353" }),
    "stagesub:supabase": JSON.stringify({ organization: "stagesub", region: "eu-north-1" }),
    "stagesub:orchestras": JSON.stringify(Object.fromEntries(orchestras) as object),
  };
  return parseStack(
    { stack: "production", values, secretKeys: [] },
    { databaseUrl: "postgresql://stagesub:pw@127.0.0.1:5432/stagesub", standInKey },
  );
}

/** Sends names through DNS's own form: the name in a question is the name in the stack file. */
export function throughDns(entries: HostileOrchestra[]): void {
  for (const { subdomain } of entries) {
    const name = `${subdomain}.stagesub.com`;
    const packet = encode({ type: "query", questions: [{ type: "CNAME", name }] });
    expect(decode(packet).questions?.map((question) => question.name)).toEqual([name]);
  }
}

/** Sends names through the stand-in app's pages and the report: the tags are the same as with harmless texts. */
export function throughHtml(raw: HostileOrchestra[]): void {
  // A page's texts have been UTF-8 in a file or a database, where half a surrogate pair cannot stand.
  const plain = (text: string) => Buffer.from(text, "utf8").toString("utf8");
  const entries = raw.map(({ id, name, subdomain, contact }) => ({
    id,
    name: plain(name),
    subdomain: plain(subdomain),
    contact: { name: plain(contact.name), email: plain(contact.email) },
  }));
  const harmless = entries.map((): HostileOrchestra => ({
    id: "malmo",
    name: "Malmö",
    subdomain: "malmo",
    contact: { name: "Åsa", email: "asa@example.se" },
  }));
  expect(tagsOf(report(entries))).toEqual(tagsOf(report(harmless)));
  const expected = tagsOf(pages(harmless[0]!));
  for (const entry of entries) {
    const shown = pages(entry);
    expect(tagsOf(shown)).toEqual(expected);
    expect(unescape(/<h1>([^<]*)<\/h1>/.exec(shown)![1]!)).toBe(entry.name);
  }
}

function pages({ name, contact }: HostileOrchestra): string {
  const user = { ...contact, role: contact.name, mustChangePassword: true };
  return [
    loginPage({ orchestra: name, failedEmail: contact.email }) as string,
    signedInPage({ orchestra: name, user }) as string,
    noticePage("closed", name) as string,
  ].join("\n");
}

function report(entries: HostileOrchestra[]): string {
  const [first] = entries;
  // One status for all: the page offers a choice among several.
  const status = first!.contact.name || "-";
  const texts = entries.map(({ name, contact, subdomain }, index) => {
    const sketch = { id: `o${index}`, name, contact: contact.name, status, database: subdomain };
    const one = orchestra({ ...sketch, differences: [drift("contact", `${name} ${contact.name}`)] });
    return { ...one, declared: { ...one.declared!, contactEmail: contact.email || "-" } };
  });
  const pool = [poolDatabase(1, "free", { kind: "unreachable", reason: first!.name })];
  const shown = fleet(texts, { stack: first!.name, shared: sharedParts(first!.contact.name), pool });
  return renderReport(shown, poolReport(pool, { warnings: [first!.name] }), new Date("2026-11-22T12:00:00Z"));
}

/** Returns the tags of a page, without the values of attributes. A text that broke out would add a tag or spoil one. */
function tagsOf(page: string): string[] {
  // The text of a script ends at the next "<", whatever quotes it holds.
  return page
    .replace(/(<script type="application\/json"[^>]*>)[^<]*/, "$1")
    .replace(/"[^"]*"/g, '""')
    .match(/<[^>]*>?/g)!;
}

function unescape(text: string): string {
  const signs: Record<string, string> = { lt: "<", gt: ">", quot: '"', "#39": "'", amp: "&" };
  return text.replace(/&(lt|gt|quot|#39|amp);/g, (_, name: string) => signs[name]!);
}
