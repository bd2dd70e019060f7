/** The one zone of the local cloud, and the account that it belongs to. */
export const zone = {
  id: "023e105f4ecef8ad9ca31a8372d0c353",
  name: "stagesub.localhost",
  nameServers: ["ada.ns.cloudflare.localhost", "bob.ns.cloudflare.localhost"],
  account: { id: "01a7362d577a6c3019a474fd6f485823", name: "StageSub" },
} as const;
