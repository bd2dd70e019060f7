import { addOrchestra, type OrchestraEntry } from "../stack/editStackFile.ts";
import { idRules } from "../../infra/config/schema/names.ts";
import { suggestId } from "../stack/suggestId.ts";
import { refuseText } from "../../infra/config/schema/textField.ts";
import { type AppRole, loginRole } from "../../infra/database/roles/appRole.ts";
import {
  type Connection,
  formatConnectionUrl,
  parseConnectionUrl,
  trust,
  withRole,
} from "../../infra/database/connection/connection.ts";
import type { Registration } from "../../infra/database/registry/registration.ts";
import { planPasswords } from "../../infra/util/stackPasswords.ts";
import type { OrchestraPlan } from "../../infra/plan/planOrchestras.ts";
import { deriveAppUrl, deriveDirectUrl } from "./deriveDirectUrl.ts";
import { encryptAdopted, insertStandIns } from "./encryptAdopted.ts";
import { entryOptions, type OptionOf, planChangedText } from "../stack/changeStackFile.ts";
import { type OpenStack, readStackText } from "../stack/openStack.ts";
import { UserError } from "../../infra/errors.ts";
import { inspectTarget, refuseRows } from "./refuseSetup.ts";

/** A person's answers about an orchestra whose database exists. */
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

/** The whole setup, prepared before anything is changed. Holds secrets. */
export interface Setup {
  orchestra: OrchestraPlan;
  connection: Connection;
  appRole: AppRole;
  registration: Registration;
  /** Puts the orchestra and its database's URLs, encrypted, into the stack file's text. */
  change: (text: string) => string;
  /** See {@link changeStackFile}. */
  optionOf: OptionOf;
  /** The first administrator's; undefined if that administrator exists. */
  oneTimePassword: string | undefined;
}

/**
 * Checks all that can be known and encrypts what the stack file is to hold; changes nothing. The passwords are those that `pulumi up` gives it too.
 *
 * @throws {UserError}
 */
export async function prepareSetup(stack: OpenStack, request: SetupRequest): Promise<Setup> {
  const id = chooseId(stack, request.subdomain);
  const before = readStackText(stack.name);
  const entry = declare(stack, id, request);
  const declareIn = (text: string) => (entry ? addOrchestra(text, entry) : text);
  const checked = entry ? insertStandIns([id])(declareIn(before)) : before;
  // Refuses names, addresses and dates by the stack file's rules, before anything is made.
  const { orchestras } = planChangedText(stack.name, before, checked, optionOf(id));
  const orchestra = orchestras.find((candidate) => candidate.id === id)!;
  const connection = trust(parseConnectionUrl(request.url), stack.plan.ca);
  await refuseRows(stack, id, request);
  const { hasAdministrator } = await inspectTarget(stack, { id, request, connection });

  const version = orchestra.passwordVersion;
  const passwords = planPasswords(stack.plan.keys, id, version);
  const app = withRole(
    parseConnectionUrl(deriveAppUrl(request.url)),
    loginRole(orchestra.appRole, version),
    passwords.app,
  );
  const adopted = { key: id, url: formatConnectionUrl(app), direct: deriveDirectUrl(request.url)! };
  const insert = await encryptAdopted({ name: stack.name, text: declareIn(before), env: stack.env }, [adopted]);
  return {
    orchestra,
    connection,
    appRole: { name: orchestra.appRole, version, password: passwords.app },
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
    change: (text) => insert(declareIn(text)),
    optionOf: optionOf(id),
    oneTimePassword: hasAdministrator ? undefined : passwords.administrator,
  };
}

/** Returns the subdomain, unless ids have other rules or somebody has it. */
function chooseId({ plan }: OpenStack, subdomain: string): string {
  const declared = plan.orchestras.find((orchestra) => orchestra.subdomain === subdomain);
  if (declared) return declared.id;
  const taken = new Set(plan.orchestras.map(({ id }) => id));
  const fits = refuseText(subdomain, idRules) === undefined && !taken.has(subdomain);
  // A text that gives no id is no subdomain either; the stack file's rules report it.
  return fits ? subdomain : (suggestId(subdomain, taken) ?? subdomain);
}

function optionOf(id: string): OptionOf {
  return entryOptions(id, {
    "": "<subdomain>",
    subdomain: "<subdomain>",
    name: "<name>",
    since: "--since",
    "contact.name": "--contact",
    "contact.email": "--email",
  });
}

/** Returns the orchestra's entry; undefined if an earlier run has declared it. */
function declare(stack: OpenStack, id: string, request: SetupRequest): OrchestraEntry | undefined {
  if (stack.config.orchestras[id]) {
    refuseDeclared(stack, id, request);
    return undefined;
  }
  const { name, subdomain, contact, email, since } = request;
  return {
    id,
    name,
    ...(subdomain !== id && { subdomain }),
    contact: { name: contact, email },
    since,
    database: "adopted",
  };
}

/** Refuses an entry that an earlier run of this command has not written. */
function refuseDeclared({ name: stack, config, outputs }: OpenStack, id: string, { name }: SetupRequest): void {
  const declared = config.orchestras[id]!;
  const refuse = (why: string) =>
    new UserError(
      "adoption-refused",
      `Refusing to set up ${id} by hand: it is in the stack file of ${stack} already, ${why}.`,
    );
  if (outputs.orchestras[id]) throw refuse("and provisioned; `pulumi up` keeps it as declared");
  if (declared.database !== "adopted") throw refuse("with another database; `pulumi up` makes it");
  if (declared.name !== name) throw refuse(`with the name ${declared.name}; got ${name}`);
}
