import type grpc from "@grpc/grpc-js";
import emptyproto from "google-protobuf/google/protobuf/empty_pb.js";
import providerproto from "@pulumi/pulumi/proto/provider_pb.js";
import pluginproto from "@pulumi/pulumi/proto/plugin_pb.js";
import { createResourceCalls } from "./createResourceCalls.ts";
import { checkInputs } from "./checkInputs.ts";
import { decodeProperties } from "./propertyMap.ts";
import type { Provider } from "./provider.ts";
import { answering, checkResponse, withSecrets } from "./responses.ts";
import { nameOf, Session } from "./session.ts";

/** Creates the implementation of `pulumirpc.ResourceProvider` for a provider's description. */
export function createService<Client>(provider: Provider<Client>): grpc.UntypedServiceImplementation {
  const session = new Session(provider);
  const answer = answering(session);
  const { parameterization, plugin } = provider;

  return {
    handshake: answer(() =>
      new providerproto.ProviderHandshakeResponse().setAcceptSecrets(true).setAcceptOutputs(true),
    ),
    cancel: answer(() => {
      session.cancel();
      return new emptyproto.Empty();
    }),
    getPluginInfo: answer(() => new pluginproto.PluginInfo().setVersion(plugin.version)),
    parameterize: answer((request: providerproto.ParameterizeRequest) => {
      if (!parameterization) throw new Error(`${plugin.name} takes no parameters`);
      const { name, version } = parameterization;
      if (session.parameterized) throw new Error(`provider is already parameterized to (${name}, ${version})`);
      parameterization.requireValue(Buffer.from(request.getValue()?.getValue_asU8() ?? "").toString());
      session.parameterized = true;
      return new providerproto.ParameterizeResponse().setName(name).setVersion(version);
    }),
    checkConfig: answer((request: providerproto.CheckRequest) => {
      const news = session.learn(withSecrets(provider.configuration, decodeProperties(request.getNews())));
      const settings = Object.entries(news.values).filter(([name]) => !engineSettings.has(name));
      const problems = checkInputs(provider.configuration, Object.fromEntries(settings), nameOf(request.getUrn()));
      return checkResponse(news, problems);
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
    // StageSub calls no function of these providers.
    invoke: answer((request: providerproto.InvokeRequest) => session.refuse(request.getTok())),
    ...createResourceCalls(session, answer),
  };
}

/** The engine's own settings among a provider's; the official bridge lets the same four pass. */
const engineSettings = new Set(["version", "pluginDownloadURL", "name", "parameterization"]);
