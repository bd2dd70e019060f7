import { type ErrorCode, errorCodes } from "../../../infra/errorCodes.ts";
import { type Notice, noticeCodes } from "../../../infra/plan/notice.ts";

type Code = ErrorCode | Notice["code"];

/** A message of the program, as it was before it went through Pulumi's engine. */
export interface MarkedMessage {
  text: string;
  /** Left out if the message is Pulumi's or a provider's. */
  code?: Code;
  /** See {@link Notice}. */
  values: string[];
}

/** A message of Pulumi or the program, once for every orchestra that it concerns. */
export interface Message {
  text: string;
  /** The others for which the same was said. */
  alsoFor: string[];
  /** Left out if the message is Pulumi's, a provider's or this command's. */
  code?: Code;
}

const codes = new Set<string>([...Object.keys(errorCodes), ...noticeCodes]);

/** Splits a message into its text and the code and values that `UserError.text` and `formatNotice` write behind it. */
export function readMark(message: string): MarkedMessage {
  const [mark = "", code = "", values = ""] = /\s\[([a-z-]+)((?: [^\s\]]+)*)\]$/.exec(message) ?? [];
  if (!codes.has(code)) return { text: message, values: [] };
  const text = message.slice(0, -mark.length);
  return { text, code: code as Code, values: values.split(" ").filter((value) => value !== "") };
}

/** Groups messages that differ in nothing but their values. */
export function groupMessages(messages: readonly MarkedMessage[]): Message[] {
  const groups = new Map<string, Message>();
  for (const { text, code, values } of messages) {
    const longestFirst = [...values].sort((a, b) => b.length - a.length);
    const shape = longestFirst.reduce((rest, value) => rest.replaceAll(value, "\u0000"), text);
    const group = groups.get(shape);
    if (group) group.alsoFor.push(...values.slice(0, 1));
    else groups.set(shape, { text, alsoFor: [], ...(code !== undefined && { code }) });
  }
  return [...groups.values()];
}
