import type grpc from "@grpc/grpc-js";
import emptyproto from "google-protobuf/google/protobuf/empty_pb.js";
import providerproto from "@pulumi/pulumi/proto/provider_pb.js";
import pluginproto from "@pulumi/pulumi/proto/plugin_pb.js";
import { createResourceCalls } from "./createResourceCalls.ts";
import { checkInputs } from "./checkInputs.ts";
import type { Engine } from "./engine.ts";
import { decodeProperties, encodeProperties } from "./propertyMap.ts";
import type { Provider } from "./provider.ts";
import { answering, checkResponse, failure, withSecrets } from "./responses.ts";
import { nameOf, Session } from "./session.ts";

/** The implementation of `pulumirpc.ResourceProvider` that a provider's description asks for. */
export function createService<Client>(provider: Provider<Client>, engine: Engine): grpc.UntypedServiceImplementation {
  const session = new Session(provider);
  const answer = answering(session);
  const { parameterization, plugin } = provider;

  return {
    handshake: answer((request: providerproto.ProviderHandshakeRequest) => {
      engine.attach(request.getEngineAddress());
      return new providerproto.ProviderHandshakeResponse().setAcceptSecrets(true).setAcceptOutputs(true);
    }),
    attach: answer((request: pluginproto.PluginAttach) => {
      engine.attach(request.getAddress());
      return new emptyproto.Empty();
    }),
    cancel: answer(() => {
      session.cancel();
      return new emptyproto.Empty();
    }),
    getPluginInfo: answer(() => new pluginproto.PluginInfo().setVersion(plugin.version)),
    getSchema: answer(() => {
      const whole = parameterization === undefined || session.parameterized;
      return new providerproto.GetSchemaResponse().setSchema(JSON.stringify(whole ? provider.schema() : plugin));
    }),
    parameterize: answer((request: providerproto.ParameterizeRequest) => {
      if (!parameterization) throw new Error(`${plugin.name} takes no parameters`);
      const { name, version } = parameterization;
      if (session.parameterized) throw new Error(`provider is already parameterized to (${name}, ${version})`);
      const value = request.getValue();
      if (value) parameterization.acceptValue(Buffer.from(value.getValue_asU8()).toString());
      else parameterization.acceptArguments(request.getArgs()?.getArgsList() ?? []);
      session.parameterized = true;
      return new providerproto.ParameterizeResponse().setName(name).setVersion(version);
    }),
    checkConfig: answer((request: providerproto.CheckRequest) => {
      const news = session.learn(withSecrets(provider.configuration, decodeProperties(request.getNews())));
      return checkResponse(news, checkInputs(provider.configuration, news.values, nameOf(request.getUrn())));
    }),
    diffConfig: answer((request: providerproto.DiffRequest) => {
      const olds = decodeProperties(request.getOldInputs() ?? request.getOlds()).values;
      const news = decodeProperties(request.getNews()).values;
      const changed = Object.keys(provider.configuration).filter((key) => olds[key] !== news[key]);
      const { DIFF_SOME, DIFF_NONE } = providerproto.DiffResponse.DiffChanges;
      return new providerproto.DiffResponse().setChanges(changed.length ? DIFF_SOME : DIFF_NONE).setDiffsList(changed);
    }),
    configure: answer((request: providerproto.ConfigureRequest) => {
      session.configure(withSecrets(provider.configuration, decodeProperties(request.getArgs())));
      return new providerproto.ConfigureResponse()
        .setAcceptsecrets(true)
        .setSupportspreview(true)
        .setAcceptoutputs(true);
    }),
    invoke: answer(async (request: providerproto.InvokeRequest) => {
      const lookup = session.lookup(request.getTok());
      const args = session.learn(decodeProperties(request.getArgs())).values;
      const problems = checkInputs(lookup.arguments, args, request.getTok());
      if (problems.length) return new providerproto.InvokeResponse().setFailuresList(problems.map(failure));
      const warn = (message: string) => engine.warn(message);
      const result = await lookup.read(session.client, args, { signal: session.signal, warn });
      // The bridge sends the results of functions without secret marks, and so do we: programs must mark them.
      return new providerproto.InvokeResponse().setReturn(encodeProperties({ values: result, secrets: new Set() }));
    }),
    ...createResourceCalls(session, engine, answer),
  };
}
