import type grpc from "@grpc/grpc-js";
import emptyproto from "google-protobuf/google/protobuf/empty_pb.js";
import providerproto from "@pulumi/pulumi/proto/provider_pb.js";
import { checkInputs } from "./checkInputs.ts";
import { type Change, changesOf, inputsOf, planState } from "./planState.ts";
import { containsUnknown, decodeProperties, encodeProperties, textOf, type Values } from "./propertyMap.ts";
import type { Attributes } from "./resource.ts";
import { type Answer, checkResponse, encodeState, withSecrets } from "./responses.ts";
import { nameOf, type Session } from "./session.ts";

/** Returns the gRPC methods of a resource's life, with the answers of the bridge of Terraform's plugin framework. */
export function createResourceCalls<Client>(session: Session<Client>, answer: Answer) {
  const read = (struct: Parameters<typeof decodeProperties>[0]) => session.learn(decodeProperties(struct));

  return {
    check: answer((request: providerproto.CheckRequest) => {
      const { attributes } = session.resource(request.getUrn());
      const news = session.learn(withSecrets(attributes, decodeProperties(request.getNews())));
      const inputs = withNames(attributes, news.values, decodeProperties(request.getOlds()).values, request);
      return checkResponse({ ...news, values: inputs }, checkInputs(attributes, inputs, nameOf(request.getUrn())));
    }),
    diff: answer((request: providerproto.DiffRequest) => {
      const { attributes } = session.resource(request.getUrn());
      const state = read(request.getOlds()).values;
      const plan = planState(attributes, state, read(request.getNews()).values, request.getIgnorechangesList());
      return diffResponse(changesOf(attributes, state, plan));
    }),
    create: answer(async (request: providerproto.CreateRequest) => {
      const resource = session.resource(request.getUrn());
      const inputs = read(request.getProperties());
      const plan = planState(resource.attributes, undefined, inputs.values, []);
      const response = new providerproto.CreateResponse();
      if (request.getPreview()) return response.setProperties(encodeState(resource.attributes, plan, inputs));
      const state = await resource.create(session.client, known(plan), session.signal);
      return response.setId(textOf(state.id)).setProperties(encodeState(resource.attributes, state, inputs));
    }),
    read: answer(async (request: providerproto.ReadRequest) => {
      const resource = session.resource(request.getUrn());
      const old = read(request.getProperties());
      const oldInputs = read(request.getInputs());
      const refreshing = Object.keys(old.values).length > 0;
      const start = refreshing ? { ...old.values, id: request.getId() } : resource.importState(request.getId());
      const state = start && (await resource.read(session.client, start, session.signal));
      const response = new providerproto.ReadResponse();
      if (!state) return response;
      const inputs = inputsOf(resource.attributes, state, refreshing ? oldInputs.values : undefined);
      return response
        .setId(textOf(state.id))
        .setProperties(encodeState(resource.attributes, state, old, oldInputs))
        .setInputs(encodeProperties(withSecrets(resource.attributes, { values: inputs, secrets: oldInputs.secrets })));
    }),
    update: answer(async (request: providerproto.UpdateRequest) => {
      const resource = session.resource(request.getUrn());
      const state: Values = { ...read(request.getOlds()).values, id: request.getId() };
      const inputs = read(request.getNews());
      const plan = planState(resource.attributes, state, inputs.values, request.getIgnorechangesList());
      const response = new providerproto.UpdateResponse();
      if (request.getPreview()) return response.setProperties(encodeState(resource.attributes, plan, inputs));
      const updated = await resource.update(session.client, state, known(plan), session.signal);
      return response.setProperties(encodeState(resource.attributes, updated, inputs));
    }),
    delete: answer(async (request: providerproto.DeleteRequest) => {
      const resource = session.resource(request.getUrn());
      const state: Values = { ...read(request.getProperties()).values, id: request.getId() };
      await resource.delete(session.client, state, session.signal);
      return new emptyproto.Empty();
    }),
  } satisfies grpc.UntypedServiceImplementation;
}

/** Returns a plan without the values that only the API knows. */
function known(plan: Values): Values {
  return Object.fromEntries(Object.entries(plan).filter(([, value]) => !containsUnknown(value)));
}

/** Returns the inputs with a name for each autonamed attribute: the earlier one, else the resource's own with seven hex digits. */
function withNames(attributes: Attributes, news: Values, olds: Values, request: providerproto.CheckRequest): Values {
  const inputs = { ...news };
  for (const [name, attribute] of Object.entries(attributes)) {
    if (!attribute.autonamed || name in inputs) continue;
    const suffix = Buffer.from(request.getRandomseed_asU8()).toString("hex").slice(0, 7);
    inputs[name] = olds[name] ?? `${nameOf(request.getUrn())}-${suffix}`;
  }
  return inputs;
}

function diffResponse(changes: Change[]): providerproto.DiffResponse {
  const { DIFF_SOME, DIFF_NONE } = providerproto.DiffResponse.DiffChanges;
  const response = new providerproto.DiffResponse()
    .setChanges(changes.length > 0 ? DIFF_SOME : DIFF_NONE)
    .setDiffsList(changes.map(({ property }) => property))
    .setReplacesList(changes.filter(({ replaces }) => replaces).map(({ property }) => property))
    .setHasdetaileddiff(true);
  for (const change of changes) response.getDetaileddiffMap().set(change.property, propertyDiff(change));
  return response;
}

function propertyDiff({ kind, replaces }: Change): providerproto.PropertyDiff {
  const { ADD, ADD_REPLACE, DELETE, DELETE_REPLACE, UPDATE, UPDATE_REPLACE } = providerproto.PropertyDiff.Kind;
  const kinds = {
    add: [ADD, ADD_REPLACE],
    delete: [DELETE, DELETE_REPLACE],
    update: [UPDATE, UPDATE_REPLACE],
  } as const;
  return new providerproto.PropertyDiff().setKind(kinds[kind][replaces ? 1 : 0]);
}
