import type * as pulumi from "@pulumi/pulumi";

import { readCloudflareAccess } from "../api/apiAccess.ts";
import type { ApiAccess } from "../api/callApi.ts";
import { type NameHeld, removeRecords } from "../api/removeRecords.ts";
import { defineProvider } from "./lifecycle.ts";

let access: () => ApiAccess = () => {
  throw new Error("OrchestraName was not configured");
};

const lifecycle = defineProvider<NameHeld, object>({
  ensure: ({ orchestra }) => Promise.resolve({ id: orchestra, state: {} }),
  // The record's own resource looks at the record.
  inspect: (_id, { state, ...inputs }) => Promise.resolve({ inputs, state }),
  remove: async (_id, { state: _state, ...held }) => {
    for (const { id, content } of await removeRecords(access(), held))
      console.warn(`${held.host} is left as it is: CNAME to ${content}, record ${id}, which this stack did not make`);
  },
});

/** The token is the stack's or the environment's, as for the official provider; it is in no resource's state. */
export const provider = {
  ...lifecycle,
  configure: ({ config }: pulumi.dynamic.ConfigureRequest) => {
    access = () => readCloudflareAccess((key) => config.get(key), process.env);
    return Promise.resolve();
  },
};
