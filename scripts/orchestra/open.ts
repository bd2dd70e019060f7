import { spawn } from "node:child_process";

import { dashboardOf } from "../../infra/cloud/projectStatus.ts";
import { UserError } from "../../infra/errors.ts";
import { keyOf } from "../../infra/plan/planOrchestras.ts";
import { chooseOrchestras } from "../cli/chooseOrchestras.ts";
import { StackCommand, type StackOptions } from "../cli/stackCommand.ts";
import { readHeldProjects } from "../stack/holdings.ts";
import { type OpenStack, openStack } from "../stack/openStack.ts";

interface Options extends StackOptions {
  project?: true;
  print?: true;
}

/** Returns `open`. */
export default function openCommand(): StackCommand {
  return new StackCommand("open")
    .description("Opens an orchestra's page in the browser ($BROWSER, or the system's own), and prints its address.")
    .argument("<id>", "the orchestra")
    .option("--project", "its Supabase project's dashboard in place of its page")
    .option("--print", "only print the address; so does a run without a terminal")
    .action(async (id: string, { stack: name, project, print }: Options) => {
      const stack = await openStack(name);
      const [orchestra] = chooseOrchestras(stack.plan.orchestras, [id]);
      const url = project ? dashboardOf(await requireProject(stack, id)) : orchestra!.url;
      console.log(url);
      if (!print && process.stdout.isTTY) openBrowser(url);
    });
}

/** Returns the ref of an orchestra's project. @throws {UserError} where it has none, and for an unknown orchestra */
export async function requireProject(stack: OpenStack, id: string): Promise<string> {
  const orchestra = chooseOrchestras(stack.plan.orchestras, [id])[0]!;
  const ref = (await readHeldProjects(stack)).get(keyOf(orchestra));
  if (ref !== undefined) return ref;
  const why =
    orchestra.database.kind === "adopted" ? "its database is adopted" : `run \`pulumi up -s ${stack.name}\` first`;
  throw new UserError(
    "orchestra-not-ready",
    `Expected a Supabase project of ${id} in the stack's state, found none: ${why}.`,
  );
}

function openBrowser(url: string): void {
  const system = { darwin: "open", win32: "explorer" }[process.platform as string] ?? "xdg-open";
  const program = process.env["BROWSER"] || system;
  // A machine without a browser has shown the address.
  spawn(program, [url], { stdio: "ignore", detached: true })
    .on("error", () => undefined)
    .unref();
}
