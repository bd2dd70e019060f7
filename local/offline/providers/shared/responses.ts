import grpc from "@grpc/grpc-js";
import providerproto from "@pulumi/pulumi/proto/provider_pb.js";
import { encodeProperties, type PropertyMap, type Values } from "./propertyMap.ts";
import { messageOf } from "./providerError.ts";
import type { Attributes } from "./resource.ts";
import type { Session } from "./session.ts";

/** Turns a plain function into a gRPC method; a thrown error becomes the status that the engine shows. */
export type Answer = <Request, Response>(
  work: (request: Request) => Response | Promise<Response>,
) => grpc.handleUnaryCall<Request, Response>;

/** Returns the method maker of one session: none of its errors repeats a secret. */
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

/** Returns the map with a secret mark on every attribute that the schema calls secret. */
export function withSecrets(attributes: Attributes, map: PropertyMap): PropertyMap {
  const marked = Object.entries(attributes).filter(([, attribute]) => attribute.secret);
  return { values: map.values, secrets: new Set([...map.secrets, ...marked.map(([name]) => name)]) };
}

/** Builds the answer to a check: the inputs as they will be used, and their problems. */
export function checkResponse(inputs: PropertyMap, problems: string[]): providerproto.CheckResponse {
  return new providerproto.CheckResponse().setInputs(encodeProperties(inputs)).setFailuresList(problems.map(failure));
}

/** Writes a state in the engine's form: secret are the schema's secrets and the inputs' secrets. */
export function encodeState(attributes: Attributes, state: Values, ...origins: PropertyMap[]) {
  const secrets = new Set(origins.flatMap((origin) => [...origin.secrets]));
  return encodeProperties(withSecrets(attributes, { values: state, secrets }));
}

/**
 * Writes a refusal in the engine's form. The property is named in the reason only, as the bridge does: for a property in its own field the
 * engine prints the value too, secrets in clear.
 */
function failure(reason: string): providerproto.CheckFailure {
  return new providerproto.CheckFailure().setReason(reason);
}
