import type { Values } from "../../local/offline/providers/shared/propertyMap.ts";
import type { Provider } from "../../local/offline/providers/shared/provider.ts";

/**
 * Returns a provider that drops one property of a resource without a word, and calls it applied: the API never hears of it, while
 * the state, refresh and diff all say that it holds. The official supabase/supabase 1.9.1 did so with `sslEnforcement`.
 */
export function dropProperty<Client>(provider: Provider<Client>, token: string, property: string): Provider<Client> {
  const resource = provider.resources[token]!;
  const without = ({ [property]: _dropped, ...rest }: Values): Values => rest;
  const claimed = (values: Values): Values => (property in values ? { [property]: values[property]! } : {});
  return {
    ...provider,
    resources: {
      ...provider.resources,
      [token]: {
        ...resource,
        create: async (client, plan, call) => ({
          ...(await resource.create(client, without(plan), call)),
          ...claimed(plan),
        }),
        read: async (client, state, call) => {
          const found = await resource.read(client, without(state), call);
          return found && { ...found, ...claimed(state) };
        },
        update: async (client, state, plan, call) => ({
          ...(await resource.update(client, without(state), without(plan), call)),
          ...claimed(plan),
        }),
      },
    },
  };
}
