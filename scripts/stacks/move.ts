import { isDeepStrictEqual } from "node:util";

import { Command } from "commander";

import { readApiAccess } from "../../infra/cloud/apiAccess.ts";
import { listDnsRecords, setRecordComment } from "../../infra/cloud/cloudflareApi.ts";
import { commentFor } from "../../infra/cloud/recordComment.ts";
import { isOwnRecord } from "../../infra/cloud/removeRecords.ts";
import {
  listProjects,
  renameProject,
  setDatabasePassword,
  type SupabaseProject,
} from "../../infra/cloud/supabaseApi.ts";
import { nameStackFile } from "../../infra/config/parseSource.ts";
import { type Connection, withClient } from "../../infra/database/connection/connection.ts";
import { handOverDatabase } from "../../infra/database/tenant/handOverDatabase.ts";
import { moveRegistration } from "../../infra/database/registry/registration.ts";
import { UserError } from "../../infra/errors.ts";
import { type OrchestraPlan, planRole, projectName } from "../../infra/plan/planOrchestras.ts";
import { planPasswords } from "../../infra/util/stackPasswords.ts";
import { pc } from "../cli/colours.ts";
import { readStackName } from "../../local/toolchain/runPulumi.ts";
import { changeStackFile } from "../stack/changeStackFile.ts";
import { forgetOrchestra } from "../stack/holdings.ts";
import { type OpenStack, openStack, readStackText } from "../stack/openStack.ts";
import { putOrchestra, takeOrchestra } from "../stack/editStackFile.ts";

/** Returns `fleet move`. */
export function moveCommand(): Command {
  return new Command("move")
    .description(
      "Moves an orchestra to another stack of the same main database, with its lines, its project and its data. The marks that bear the stack's " +
        "name go along: the project's name, the DNS record's comment, the database's owner, the registration. The app works on, and gets a login of " +
        "the new stack with that one's next `pulumi up`. Run it again after an interruption: it makes what is missing.",
    )
    .argument("<id>", "which orchestra")
    .requiredOption("--from <stack>", "the stack that has it")
    .requiredOption("--to <stack>", "the stack that gets it")
    .action((id: string, { from, to }: { from: string; to: string }) =>
      moveOrchestra(id, readStackName(from), readStackName(to)),
    );
}

async function moveOrchestra(id: string, fromName: string, toName: string): Promise<void> {
  if (fromName === toName) throw new UserError("command-line", "Expected two stacks, got the same one twice.");
  const [here, there] = [fromName, toName].map((stack) =>
    takeOrchestra(readStackText(stack), id)?.lines.map((line) => line.trim()),
  );
  const lines = takeOrchestra(readStackText(fromName), id) ?? takeOrchestra(readStackText(toName), id);
  if (here && there && !isDeepStrictEqual(here, there))
    throw new UserError(
      "move-refused",
      `Refusing to move ${id}: ${nameStackFile(toName)} has another orchestra of this id. Nothing was changed.`,
    );
  if (!lines)
    throw new UserError("orchestra-unknown", `Expected ${id} in ${nameStackFile(fromName)}, found no such orchestra.`);
  const take = (text: string) => takeOrchestra(text, id)?.rest ?? text;
  const put = (text: string) => (takeOrchestra(text, id) ? text : putOrchestra(text, lines));
  const [from, to] = await Promise.all([openStack(fromName), openStack(toName)]);
  // Both files are checked as they will be before anything is changed.
  const after = await changeStackFile(toName, put, { dryRun: true });
  await changeStackFile(fromName, take, { dryRun: true });
  const orchestra = after.plan.orchestras.find((each) => each.id === id)!;
  refuseMove(orchestra, from, to);
  const access = readApiAccess(["supabase", "cloudflare"], (key) => to.values[key], to.env);
  const project = findProject(await listProjects(access.supabase, to.config.supabase.organization), id, from, to);
  const passwords = planPasswords(to.plan.keys, id, orchestra.passwordVersion);
  const migrator = await openOwned(from, id, passwords.owner);

  const step = (text: string) => console.error(`  ${text}`);
  console.error(`Moving ${id} from ${fromName} to ${toName}:`);
  await forgetOrchestra(from, id);
  step(`the state of ${fromName} has forgotten it`);
  await changeStackFile(toName, put);
  await changeStackFile(fromName, take);
  step(`its lines are in ${nameStackFile(toName)}`);
  const holder = ({ name, plan: { keys } }: OpenStack) => {
    const { administrator } = planPasswords(keys, id, 1);
    return { stack: name, appRole: planRole(name, id), administrator };
  };
  await handOverDatabase(migrator, id, holder(from), holder(to));
  await setDatabasePassword(access.supabase, project.ref, passwords.owner);
  step(`its database is ${toName}'s, and opens with that stack's password`);
  const name = projectName(toName, id);
  if (project.name !== name) await renameProject(access.supabase, project.ref, name);
  const { zoneId, app } = to.plan;
  const records = await listDnsRecords(access.cloudflare, zoneId);
  const own = { stack: fromName, orchestra: id, host: orchestra.host, target: app.target };
  for (const record of records.filter((each) => isOwnRecord(each, own)))
    await setRecordComment(access.cloudflare, zoneId, record.id, commentFor(id, toName));
  step(`its project is called ${name}, and its DNS record says whose it is`);
  // Until here both stacks refuse an \`up\`: the one has the row, the other the lines.
  await moveRegistration(to.registry, id, fromName, toName);
  step(`its row is ${toName}'s`);
  console.log(`${id} is ${toName}'s. Commit both stack files.
Next: ${pc.bold(`pulumi up -s ${toName}`)} (adopts it, and gives the app a login of ${toName}), then ${pc.bold(`pulumi up -s ${fromName}`)}`);
}

/** @throws {UserError} with everything that stands in the way */
function refuseMove({ id, database, state }: OrchestraPlan, from: OpenStack, to: OpenStack): void {
  const same = (what: string, read: (stack: OpenStack) => unknown) =>
    isDeepStrictEqual(read(from), read(to)) ? [] : [`expected the same ${what} in both stacks, found another one`];
  const reasons = [
    ...(database.kind === "project"
      ? []
      : [
          database.kind === "pool"
            ? `expected a project of its own, found ${database.name}: a pool database stays in the pool of its stack`
            : "expected a project of its own, found an adopted database, whose URLs are encrypted for its stack",
        ]),
    ...(state === "retired" ? ["expected an orchestra in use, found a retired one: resume it first"] : []),
    ...same("main database", ({ registry: { host, port, database } }) => [host, port, database]),
    ...same("stagesub:domain", ({ plan }) => plan.domain),
    ...same("stagesub:cloudflare", ({ plan }) => plan.zoneId),
    ...same("stagesub:app", ({ plan }) => plan.app),
    ...same("organization, region and size under stagesub:supabase", ({ config: { supabase } }) => [
      supabase.organization,
      supabase.region,
      supabase.size,
    ]),
  ];
  if (reasons.length > 0)
    throw new UserError(
      "move-refused",
      `Refusing to move ${id} from ${from.name} to ${to.name}. Nothing was changed.\n${reasons.map((reason) => `  ${reason}`).join("\n")}`,
    );
}

function findProject(
  projects: readonly SupabaseProject[],
  id: string,
  from: OpenStack,
  to: OpenStack,
): SupabaseProject {
  const names = [projectName(from.name, id), projectName(to.name, id)];
  const found = projects.filter(({ name }) => names.includes(name));
  if (found.length === 1 && found[0]!.trouble === undefined) return found[0]!;
  const each = found.map(({ name, ref, status }) => `${name} (${ref}, ${status})`);
  throw new UserError(
    "move-refused",
    `Refusing to move ${id}: expected at Supabase one project that works and is called ${names.join(" or ")}, found ${each.join(", ") || "none"}. Nothing was changed.`,
  );
}

/** Returns the owning role's connection, with the password of the last `up` or, after an interrupted move, the other stack's. */
async function openOwned({ name, migrators }: OpenStack, id: string, password: string): Promise<Connection> {
  const known = migrators[id];
  if (!known)
    throw new UserError(
      "orchestra-not-ready",
      `Expected a provisioned database of ${id}, found none in the outputs of ${name}. Run this first: pulumi up -s ${name}`,
    );
  const opens = (connection: Connection) => withClient(connection, (client) => client.query("SELECT 1"));
  try {
    await opens(known);
    return known;
  } catch (error) {
    if (!UserError.is(error, "password-refused")) throw error;
    await opens({ ...known, password });
    return { ...known, password };
  }
}
