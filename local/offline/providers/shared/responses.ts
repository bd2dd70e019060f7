import grpc from "@grpc/grpc-js";
import providerproto from "@pulumi/pulumi/proto/provider_pb.js";
import { encodeProperties, type PropertyMap, type Values } from "./propertyMap.ts";
import { messageOf } from "./providerError.ts";
import type { Attributes } from "./resource.ts";
import type { Session } from "./session.ts";

/** Turns a plain function into a gRPC method; what it throws becomes the status that the engine shows. */
export type Answer = <Request, Response>(
  work: (request: Request) => Response | Promise<Response>,
) => grpc.handleUnaryCall<Request, Response>;

/** Methods of one session: no error of theirs repeats a secret. */
export function answering<Client>(session: Session<Client>): Answer {
  return (work) => (call, callback) => {
    Promise.resolve()
      .then(() => work(call.request))
      .then(
        (response) => callback(null, response),
        (error: unknown) => callback({ code: grpc.status.UNKNOWN, details: session.redact(messageOf(error)) }),
      );
  };
}

/** The map with every attribute marked that the schema calls secret. */
export function withSecrets(attributes: Attributes, map: PropertyMap): PropertyMap {
  const marked = Object.entries(attributes).filter(([, attribute]) => attribute.secret);
  return { values: map.values, secrets: new Set([...map.secrets, ...marked.map(([name]) => name)]) };
}

/** The answer to a check: the inputs as they will be used, and what is wrong with them. */
export function checkResponse(inputs: PropertyMap, problems: string[]): providerproto.CheckResponse {
  return new providerproto.CheckResponse().setInputs(encodeProperties(inputs)).setFailuresList(problems.map(failure));
}

/** A state in the engine's form: secret are the schema's secrets and what was secret on the way in. */
export function encodeState(attributes: Attributes, state: Values, ...origins: PropertyMap[]) {
  const secrets = new Set(origins.flatMap((origin) => [...origin.secrets]));
  return encodeProperties(withSecrets(attributes, { values: state, secrets }));
}

/**
 * A refusal in the engine's form. The property is named in the reason only, as the bridge does it: for a property of its own
 * the engine prints the value too, secrets in clear.
 */
function failure(reason: string): providerproto.CheckFailure {
  return new providerproto.CheckFailure().setReason(reason);
}
