import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import grpc from "@grpc/grpc-js";
import emptyproto from "google-protobuf/google/protobuf/empty_pb.js";
import structproto from "google-protobuf/google/protobuf/struct_pb.js";
import providerservice from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import providerproto from "@pulumi/pulumi/proto/provider_pb.js";
import { afterEach, vi } from "vitest";
import type { Provider } from "../../local/offline/providers/shared/provider.ts";
import { serveProvider } from "../../local/offline/providers/shared/serveProvider.ts";

type Json = structproto.JavaScriptValue;
type Properties = Record<string, Json>;

/** The answer of a route: a status and a body, or a function of the request's body. */
export type Route = [status: number, body: unknown];
export type Routes = Record<string, Route | ((body: unknown) => Route)>;

/** An HTTP server that answers from `routes` ("GET /v1/projects/ref") and records its requests. */
export interface Recorder {
  url: string;
  routes: Routes;
  /** Each request as "GET /path", with its JSON body where it had one. */
  requests: string[];
  headers: IncomingMessage["headers"][];
}

export const secretMark = "1b47061264138c4ac30d75fd1eb44270";
export const unknownMark = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const signatureKey = "4dabf18193072939515e22adb298388d";

export function secret(value: Json): Json {
  return { [signatureKey]: secretMark, value };
}

/** Starts recorders and providers, and stops them after each test. */
export function useProviders() {
  const stops: (() => void)[] = [];
  afterEach(() => {
    for (const stop of stops.splice(0)) stop();
    vi.unstubAllEnvs();
  });
  return {
    record: (routes: Routes) => startRecorder(routes, stops),
    connect: <Client>(provider: Provider<Client>) => connect(provider, stops),
  };
}

async function startRecorder(routes: Routes, stops: (() => void)[]): Promise<Recorder> {
  const recorder: Recorder = { url: "", routes, requests: [], headers: [] };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const text = Buffer.concat(chunks).toString();
      const line = `${request.method} ${request.url}`;
      recorder.requests.push(text ? `${line} ${text}` : line);
      recorder.headers.push(request.headers);
      const route = recorder.routes[line];
      const body: unknown = text ? JSON.parse(text) : undefined;
      const [status, answer] =
        typeof route === "function" ? route(body) : (route ?? [404, { message: `no route ${line}` }]);
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  stops.push(() => {
    server.closeAllConnections();
    server.close();
  });
  recorder.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return recorder;
}

async function connect<Client>(provider: Provider<Client>, stops: (() => void)[]) {
  const served = await serveProvider(provider);
  const client = new providerservice.ResourceProviderClient(
    `127.0.0.1:${served.port}`,
    grpc.credentials.createInsecure(),
  );
  stops.push(() => {
    client.close();
    served.close();
  });
  return new ProviderClient(client);
}

/** The engine's calls, with plain objects in the engine's own wire form. */
export class ProviderClient {
  readonly raw: providerservice.ResourceProviderClient;

  constructor(raw: providerservice.ResourceProviderClient) {
    this.raw = raw;
  }

  async configure(configuration: Properties) {
    const request = new providerproto.ConfigureRequest().setArgs(struct(configuration));
    return call<providerproto.ConfigureResponse>((done) => this.raw.configure(request, done));
  }

  async checkConfig(news: Properties) {
    const request = new providerproto.CheckRequest()
      .setUrn(urnOf("pulumi:providers:x", "default"))
      .setNews(struct(news));
    const response = await call<providerproto.CheckResponse>((done) => this.raw.checkConfig(request, done));
    return { inputs: plain(response.getInputs()), failures: failuresOf(response) };
  }

  async check(urn: string, news: Properties, olds: Properties = {}) {
    const request = new providerproto.CheckRequest().setUrn(urn).setNews(struct(news)).setOlds(struct(olds));
    request.setRandomseed(Buffer.from("0123456789abcdef", "hex"));
    const response = await call<providerproto.CheckResponse>((done) => this.raw.check(request, done));
    return { inputs: plain(response.getInputs()), failures: failuresOf(response) };
  }

  async diff(urn: string, olds: Properties, news: Properties, ignore: string[] = []) {
    const request = new providerproto.DiffRequest().setUrn(urn).setOlds(struct(olds)).setNews(struct(news));
    const response = await call<providerproto.DiffResponse>((done) =>
      this.raw.diff(request.setIgnorechangesList(ignore), done),
    );
    return {
      changed: response.getChanges() === providerproto.DiffResponse.DiffChanges.DIFF_SOME,
      diffs: response.getDiffsList(),
      replaces: response.getReplacesList(),
      deleteBeforeReplace: response.getDeletebeforereplace(),
    };
  }

  async create(urn: string, properties: Properties, preview = false) {
    const request = new providerproto.CreateRequest().setUrn(urn).setProperties(struct(properties)).setPreview(preview);
    const response = await call<providerproto.CreateResponse>((done) => this.raw.create(request, done));
    return { id: response.getId(), outputs: plain(response.getProperties()) };
  }

  async read(urn: string, id: string, state: Properties = {}, inputs: Properties = {}) {
    const request = new providerproto.ReadRequest()
      .setUrn(urn)
      .setId(id)
      .setProperties(struct(state))
      .setInputs(struct(inputs));
    const response = await call<providerproto.ReadResponse>((done) => this.raw.read(request, done));
    return { id: response.getId(), outputs: plain(response.getProperties()), inputs: plain(response.getInputs()) };
  }

  async update(urn: string, id: string, olds: Properties, news: Properties, preview = false) {
    const request = new providerproto.UpdateRequest().setUrn(urn).setId(id).setOlds(struct(olds)).setNews(struct(news));
    const response = await call<providerproto.UpdateResponse>((done) =>
      this.raw.update(request.setPreview(preview), done),
    );
    return plain(response.getProperties());
  }

  async delete(urn: string, id: string, state: Properties) {
    const request = new providerproto.DeleteRequest().setUrn(urn).setId(id).setProperties(struct(state));
    await call((done) => this.raw.delete(request, done));
  }

  async cancel() {
    await call((done) => this.raw.cancel(new emptyproto.Empty(), done));
  }

  async invoke(token: string, args: Properties) {
    const request = new providerproto.InvokeRequest().setTok(token).setArgs(struct(args));
    const response = await call<providerproto.InvokeResponse>((done) => this.raw.invoke(request, done));
    return plain(response.getReturn());
  }

  async parameterize(value: string) {
    const parameter = new providerproto.ParameterizeRequest.ParametersValue().setValue(Buffer.from(value));
    const request = new providerproto.ParameterizeRequest().setValue(parameter);
    const response = await call<providerproto.ParameterizeResponse>((done) => this.raw.parameterize(request, done));
    return { name: response.getName(), version: response.getVersion() };
  }
}

export function urnOf(type: string, name: string): string {
  return `urn:pulumi:local::stagesub::stagesub:Orchestra$${type}::${name}`;
}

function call<Response>(
  send: (done: (error: grpc.ServiceError | null, response: Response) => void) => void,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    send((error, response) => (error ? reject(new Error(error.details)) : resolve(response)));
  });
}

function struct(properties: Properties): structproto.Struct {
  return structproto.Struct.fromJavaScript(properties);
}

function plain(properties: structproto.Struct | undefined): Properties {
  return properties?.toJavaScript() ?? {};
}

/** Returns the reasons of the refusals; each must name its property itself, since the engine would print a named one's value. */
function failuresOf(response: providerproto.CheckResponse): string[] {
  return response.getFailuresList().map((failure) => failure.getProperty() + failure.getReason());
}
