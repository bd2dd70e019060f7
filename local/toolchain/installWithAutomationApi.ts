/** Has Pulumi's Automation API install the CLI of the SDK's own version with its language hosts, about 100 MB, into a folder of its own. */
export async function installWithAutomationApi(root: string): Promise<void> {
  const { PulumiCommand } = await import("@pulumi/pulumi/automation/index.js");
  await PulumiCommand.install({ root });
}
