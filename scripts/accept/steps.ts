import { isDeepStrictEqual } from "node:util";
import type { Document } from "yaml";

import { type Connection, parseConnectionUrl, trust, withClient } from "../../infra/database/connection/connection.ts";
import { UserError } from "../../infra/errors.ts";
import type { Difference } from "../fleet/difference.ts";
import { claimed, describeLeftovers, findLeftovers, own, spare } from "./accounts.ts";
import { probePooler } from "./probePooler.ts";
import type { Workplace } from "./workplace.ts";

/** One thing that is tried, in the order of an orchestra's life. */
export interface Step {
  name: string;
  /** Says what the step does and what must hold after it. */
  proves: string;
  run(place: Workplace): Promise<void>;
}

const up = ["up", "--yes", "--skip-preview", "--suppress-outputs"];
const noChanges = "--expect-no-changes";
const person = ["--contact", "Acceptance run", "--email", "accept@example.com"];

export const steps: Step[] = [
  {
    name: "create",
    proves: "a Supabase project, its inside, a DNS record and a row, and a spare for the pool; previewed first",
    run: async ({ stagesub, pulumi }) => {
      await stagesub(["add", "--id", own, "--name", "Throw-away orchestra", ...person]);
      await pulumi(["up", "--yes", "--suppress-outputs"]);
    },
  },
  {
    name: "verify",
    proves: "the name in the DNS, templates, settings, migrations, the app's rights, the row",
    run: async ({ stagesub }) => {
      const text = await stagesub(["verify", own, "--wait", "5m", "--json"], [0, 1]);
      const { orchestras } = JSON.parse(text) as { orchestras: { checks: Record<string, Check> }[] };
      const failed = Object.entries(orchestras[0]!.checks).filter(
        ([name, { state }]) => state === "failed" && !ofTheApp.includes(name),
      );
      require(failed.length === 0, failed.map(([name, { reason }]) => `${name}: ${reason}`).join("\n"));
    },
  },
  {
    name: "no-op",
    proves: "a second `up` changes nothing",
    run: async ({ pulumi }) => void (await pulumi([...up, noChanges])),
  },
  {
    name: "refresh",
    proves: "what the clouds answer is what the state holds",
    run: async ({ pulumi }) => void (await pulumi(["refresh", "--yes", "--skip-preview", noChanges])),
  },
  {
    name: "claim",
    proves: "a second orchestra takes the spare in place",
    run: async ({ stagesub, pulumi, edit }) => {
      await edit((file) => file.setIn(["config", "stagesub:pool", "spares"], 0));
      await stagesub(["add", "--id", claimed, "--name", "Throw-away claim", ...person, "--database", "pool"]);
      await pulumi(up);
    },
  },
  {
    name: "change",
    proves: "another contact reaches the row, new passwords Supabase and the database",
    run: async ({ stagesub, pulumi, edit }) => {
      await edit((file) => file.setIn([...orchestra(own), "contact", "name"], "Somebody else"));
      await stagesub(["rotate", own]);
      await pulumi(up);
    },
  },
  {
    name: "drift",
    proves: "a record, a right and a row changed by hand are found, and nothing else; `up --refresh` puts them right",
    run: async (place) => {
      await changeByHand(place);
      const { checked } = JSON.parse(await place.stagesub(["drift", "--json"], [7])) as { checked: Checked[] };
      const found = checked.flatMap(({ id, differences }) => differences.map((one) => ({ id, ...one })));
      const fields = found.map(({ id, field }) => `${id} ${field}`).sort();
      require(isDeepStrictEqual(fields, [
        `${own} contact`,
        `${own} record`,
        `${own} rights`,
      ]), `Expected as drift the record, the right and the row that were changed, got:\n${found.map(({ id, text }) => `${id}: ${text}`).join("\n")}`);
      await place.pulumi([...up, "--refresh"]);
      await place.stagesub(["drift"]);
    },
  },
  {
    name: "backup, restore",
    proves: "a backup through the pooler brings back what was deleted after it",
    run: async (place) => {
      const text = await place.stagesub(["backup", own, "--json"]);
      const { backups } = JSON.parse(text) as { backups: { file: string }[] };
      const owner = await readOwner(place);
      const count = (sql: string) => withClient(owner, async (client) => (await client.query(sql)).rowCount);
      const deleted = await count('DELETE FROM "EmailTemplate"');
      await place.stagesub(["restore", own, "--from", backups[0]!.file]);
      const found = await count('SELECT 1 FROM "EmailTemplate"');
      require(found === deleted && found !== 0, `Expected the ${deleted} templates that were backed up, got ${found}.`);
    },
  },
  {
    name: "suspend",
    proves: "the row says Suspended; the same `up --refresh` brings in line what was restored",
    run: async ({ stagesub, pulumi, main }) => {
      await stagesub(["suspend", own]);
      await pulumi([...up, "--refresh"]);
      const { rows } = await withClient(main, (client) =>
        client.query<{ status: string }>(`SELECT "status" FROM "Orchestra" WHERE "subdomain" = $1`, [own]),
      );
      require(rows[0]?.status === "Suspended", `Expected the status Suspended, got ${rows[0]?.status}.`);
    },
  },
  {
    name: "refusals",
    proves: "how the pooler words a wrong password, role, database and project (one attempt each)",
    run: async (place) => probePooler(await readOwner(place), place.recording, place.own),
  },
  {
    name: "retire",
    proves: "the apps shut out, backups made, the names taken away; Supabase may refuse to pause",
    run: async ({ stagesub, pulumi, edit, accounts }) => {
      await stagesub(["retire", own, claimed]);
      // The leave to delete them, in the same change.
      await edit((file) => [own, claimed].forEach((id) => file.setIn([...orchestra(id), "protect"], false)));
      await pulumi(up);
      const { records } = await findLeftovers(accounts);
      require(records.length ===
        0, `Expected no DNS records, got ${describeLeftovers({ projects: [], records }).join(", ")}.`);
    },
  },
  {
    name: "delete",
    proves: "databases, projects and rows gone",
    run: async ({ pulumi, edit }) => {
      await edit((file) => {
        file.setIn(["config", "stagesub:orchestras"], file.createNode({}));
        file.setIn(["config", "stagesub:supabase", "protect"], false);
        file.setIn(["config", "stagesub:pool"], file.createNode({ spares: 0, max: spare, retired: [spare] }));
      });
      await pulumi(up);
    },
  },
  {
    name: "leave",
    proves: "the stack removed, and nothing of it in either account",
    run: async ({ pulumi, accounts }) => {
      await pulumi(["destroy", "--yes", "--skip-preview"]);
      await pulumi(["stack", "rm", "--yes"]);
      const left = describeLeftovers(await findLeftovers(accounts));
      require(left.length === 0, `Expected nothing in the accounts, got ${left.join(", ")}.`);
    },
  },
];

/** The app looks into the stack's main database, where the throw-away orchestra has no row. */
const ofTheApp = ["TLS", "page", "sign-in"];

interface Check {
  state: string;
  reason?: string;
}

interface Checked {
  id: string;
  differences: Difference[];
}

/** Reads the owning role's connection to the first orchestra's database. */
async function readOwner({ pulumi, accounts }: Workplace): Promise<Connection> {
  const text = await pulumi(["stack", "output", "--json", "--show-secrets"]);
  const { migrators } = JSON.parse(text) as { migrators: Record<string, string> };
  return trust(parseConnectionUrl(migrators[own]!), accounts.plan.ca);
}

const orchestra = (id: string): Parameters<Document["setIn"]>[0] & string[] => ["config", "stagesub:orchestras", id];

async function changeByHand(place: Workplace): Promise<void> {
  const { accounts, main } = place;
  const { access, zoneId } = accounts;
  const record = (await findLeftovers(accounts)).records.find(({ name }) => name.startsWith(`${own}.`));
  require(record !== undefined, `Expected a DNS record of ${own}, found none.`);
  const { baseUrl, token } = access.cloudflare;
  const answer = await fetch(`${baseUrl}/zones/${zoneId}/dns_records/${record!.id}`, {
    method: "PATCH",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ content: "elsewhere.example.com" }),
  });
  require(answer.ok, `Expected Cloudflare to change a record by PATCH, got ${answer.status}.`);
  const owner = await readOwner(place);
  await withClient(owner, (client) => client.query('GRANT SELECT ON "User" TO anon'));
  await withClient(main, (client) =>
    client.query(`UPDATE "Orchestra" SET "contactName" = 'By hand' WHERE "subdomain" = $1`, [own]),
  );
}

function require(holds: boolean, otherwise: string): void {
  if (!holds) throw new UserError("step-failed", otherwise);
}
