import { generatePassword } from "../database/passwords.ts";
import { defineProvider } from "./lifecycle.ts";
import type { PasswordsArgs, PasswordsState } from "./passwords.ts";

/** A password lives as long as its version; there is nothing outside the state to read or to remove. */
export const provider = defineProvider<PasswordsArgs, PasswordsState>({
  ensure: async ({ versions }, before) => {
    const keep = (name: string) => (before?.versions[name] === versions[name] ? before?.state.values[name] : undefined);
    const names = Object.keys(versions).sort();
    const values = Object.fromEntries(names.map((name) => [name, keep(name) ?? generatePassword()]));
    return { id: names.join(","), state: { values } };
  },
  inspect: async (_id, { versions, state }) => ({ inputs: { versions }, state }),
});
