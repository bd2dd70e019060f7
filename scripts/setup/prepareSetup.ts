import { addAdopted, addOrchestra, type OrchestraEntry } from "../../infra/config/editStackFile.ts";
import { idRules } from "../../infra/config/names.ts";
import { suggestId } from "../../infra/config/suggestId.ts";
import { refuseText } from "../../infra/config/textRules.ts";
import { type AppRole, loginRole } from "../../infra/database/appRole.ts";
import {
  type Connection,
  formatConnectionUrl,
  parseConnectionUrl,
  trust,
  withRole,
} from "../../infra/database/connection.ts";
import { findAppLogin } from "../../infra/database/findAppLogin.ts";
import { generatePassword } from "../../infra/database/passwords.ts";
import type { Registration } from "../../infra/database/registration.ts";
import type { OrchestraPlan } from "../../infra/plan/planOrchestras.ts";
import { planRole } from "../../infra/plan/planRole.ts";
import { deriveAppUrl, deriveDirectUrl } from "../adopted/deriveDirectUrl.ts";
import { insertAdopted } from "../adopted/insertAdopted.ts";
import type { OpenStack } from "../openStack.ts";
import { CommandError } from "../orchestra/commandError.ts";
import { planStackText } from "../stackFile.ts";
import { inspectTarget, refuseRows } from "./refuseSetup.ts";

/** What a person tells of an orchestra whose database exists. */
export interface SetupRequest {
  /** A direct or session connection of the owning role. Secret. */
  url: string;
  name: string;
  subdomain: string;
  contact: string;
  email: string;
  /** YYYY-MM-DD */
  since: string;
}

/** Everything that is to be done, known before any of it is. Holds secrets. */
export interface Setup {
  orchestra: OrchestraPlan;
  connection: Connection;
  appRole: AppRole;
  registration: Registration;
  /** The stack file as it is to be. */
  text: string;
  /** The first administrator's; undefined where that is made already. */
  oneTimePassword: string | undefined;
}

/**
 * Checks all that can be known and encrypts what the stack file is to hold; changes nothing. The login's password is the one
 * that an earlier run has left in the stack file or the row, so that a rerun changes nothing either.
 *
 * @throws {CommandError | DatabaseError | StackFileError}
 */
export async function prepareSetup(stack: OpenStack, before: string, request: SetupRequest): Promise<Setup> {
  const id = chooseId(stack, request.subdomain);
  const appRole = planRole(id);
  const plain = declare(stack, before, id, request);
  // Refuses names, addresses and dates by the stack file's rules; the two texts stand for what Pulumi will encrypt.
  const orchestra = planStackText(stack.name, plain.checked).orchestras.find((candidate) => candidate.id === id)!;
  const connection = trust(parseConnectionUrl(request.url), stack.plan.ca);
  const row = await refuseRows(stack, id, request);
  const { hasAdministrator } = await inspectTarget(stack, { id, request, connection });

  const held = [stack.config.adopted[id]?.url, row?.databaseUrl].filter((url) => url != null && url !== "");
  const login = held.map((url) => findAppLogin(url!, appRole)).find((found) => found?.version === 1);
  const password = login?.password ?? generatePassword();
  const app = withRole(parseConnectionUrl(deriveAppUrl(request.url)), loginRole(appRole, 1), password);
  const adopted = { key: id, url: formatConnectionUrl(app), direct: deriveDirectUrl(request.url)! };
  return {
    orchestra,
    connection,
    appRole: { name: appRole, version: 1, password },
    registration: {
      stack: stack.name,
      orchestra: id,
      name: orchestra.name,
      subdomain: orchestra.subdomain,
      databaseUrl: formatConnectionUrl(app, stack.plan.app.urlParameters),
      status: "Active",
      contactName: orchestra.contact.name,
      contactEmail: orchestra.contact.email,
      setupDate: orchestra.since,
    },
    text: await insertAdopted({ name: stack.name, text: plain.text, env: stack.env }, [adopted]),
    oneTimePassword: hasAdministrator ? undefined : generatePassword(),
  };
}

/** The subdomain, unless ids have other rules or somebody has it. */
function chooseId({ plan }: OpenStack, subdomain: string): string {
  const declared = plan.orchestras.find((orchestra) => orchestra.subdomain === subdomain);
  if (declared) return declared.id;
  const taken = new Set(plan.orchestras.map(({ id }) => id));
  const fits = refuseText(subdomain, idRules) === undefined && !taken.has(subdomain);
  // What no id can be made of is no subdomain either, which the stack file's rules then say.
  return fits ? subdomain : (suggestId(subdomain, taken) ?? subdomain);
}

/** The stack file with the orchestra: as it is to be but for the encrypted URLs, and with stand-ins for them. */
function declare(
  stack: OpenStack,
  before: string,
  id: string,
  request: SetupRequest,
): { text: string; checked: string } {
  const declared = stack.config.orchestras[id];
  if (declared) {
    refuseDeclared(stack, id, request);
    return { text: before, checked: before };
  }
  const { name, subdomain, contact, email, since } = request;
  const entry: OrchestraEntry = {
    id,
    name,
    ...(subdomain !== id && { subdomain }),
    contact: { name: contact, email },
    since,
    database: "adopted",
  };
  const text = addOrchestra(before, entry);
  return { text, checked: addAdopted(text, { key: id, url: "v1:url", direct: "v1:direct" }) };
}

/** Only what an earlier run of this command has written may stand in the stack file. */
function refuseDeclared({ name: stack, config, outputs }: OpenStack, id: string, { name }: SetupRequest): void {
  const declared = config.orchestras[id]!;
  const refuse = (why: string) =>
    new CommandError(`Refusing to set up ${id} by hand: it is in the stack file of ${stack} already, ${why}.`);
  if (outputs.orchestras[id]) throw refuse("and provisioned; `pulumi up` keeps it as declared");
  if (declared.database !== "adopted") throw refuse("with another database; `pulumi up` makes it");
  if (declared.name !== name) throw refuse(`with the name ${declared.name}; got ${name}`);
}
