import type { Provider } from "./provider.ts";
import type { Attribute, Attributes, Signature } from "./resource.ts";

/** Returns the Pulumi package schema of everything that a provider describes, even if it is not implemented. */
export function packageSchema<Client>({ resources, unimplemented, configuration, ...provider }: Provider<Client>) {
  const types: Record<string, object> = {};
  const properties = (owner: string, attributes: Attributes): Record<string, object> =>
    mapValues(attributes, (attribute, name) => ({
      ...typeOf(owner + upperFirst(name), attribute),
      ...(attribute.description && { description: attribute.description }),
      ...(attribute.deprecated && { deprecationMessage: attribute.deprecated }),
      ...(attribute.secret && { secret: true }),
    }));
  const typeOf = (name: string, { type, fields }: Attribute): object => {
    if (type === "string" || type === "boolean" || type === "number") return { type };
    const item = fields ? define(type === "array" ? singular(name) : name, fields) : { type: "string" };
    if (type === "object") return item;
    return type === "array" ? { type, items: item } : { type: "object", additionalProperties: item };
  };
  const define = (name: string, fields: Attributes): object => {
    const token = `${provider.package.name}:index/${name}:${name}`;
    const required = names(fields, ({ kind }) => kind !== "optional");
    types[token] = {
      type: "object",
      properties: properties(name, fields),
      ...(required.length > 0 && { required }),
      language: { nodejs: { requiredInputs: names(fields, ({ kind }) => kind === "required") } },
    };
    return { $ref: `#/types/${token}` };
  };
  const resource = (attributes: Attributes, token: string): object => {
    const whole = properties(upperFirst(ownName(token)), attributes);
    const inputs = names(attributes, ({ kind }) => kind !== "computed");
    return {
      properties: whole,
      required: names(attributes, ({ kind }) => kind !== "optional"),
      inputProperties: Object.fromEntries(inputs.map((name) => [name, whole[name]])),
      requiredInputs: names(attributes, ({ kind, autonamed }) => kind === "required" && !autonamed),
      stateInputs: { type: "object", properties: whole },
    };
  };
  const lookup = ({ arguments: given, results }: Signature, token: string): object => {
    const inputs = properties(ownName(token), given);
    const outputs = { ...inputs, ...properties(ownName(token), results) };
    return {
      inputs: { type: "object", properties: inputs, required: Object.keys(given).sort() },
      outputs: { type: "object", properties: outputs, required: Object.keys(outputs).sort() },
    };
  };

  const settings = properties("Provider", configuration);
  return {
    ...provider.package,
    config: { variables: settings },
    provider: { type: "object", properties: settings, inputProperties: settings },
    resources: mapValues(
      { ...mapValues(resources, ({ attributes }) => attributes), ...unimplemented?.resources },
      resource,
    ),
    functions: mapValues(unimplemented?.functions ?? {}, lookup),
    types,
  };
}

function names(attributes: Attributes, chosen: (attribute: Attribute) => boolean): string[] {
  return Object.keys(attributes)
    .filter((name) => chosen(attributes[name]!))
    .sort();
}

function mapValues<From, To>(
  record: Record<string, From>,
  change: (value: From, key: string) => To,
): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value, key)]));
}

/** Returns the last word of a token: `Project` of `supabase:index/project:Project`. */
function ownName(token: string): string {
  return token.split(":").at(-1)!;
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Names the type of a list's items as the bridge does: `branches` holds `…Branch`. */
function singular(name: string): string {
  return name.replace(/(ch)es$|s$/, "$1");
}
