import { type ErrorCode, errorCodes } from "../../infra/errorCodes.ts";
import { type Notice, noticeCodes } from "../../infra/plan/notice.ts";

export type Code = ErrorCode | Notice["code"];

/** A message of the program, as it was before it went through Pulumi's engine. */
export interface MarkedMessage {
  text: string;
  /** Left out if the message is Pulumi's or a provider's. */
  code?: Code;
  /** See {@link Notice}. */
  values: string[];
}

const codes = new Set<string>([...Object.keys(errorCodes), ...noticeCodes]);

/** Takes a message apart into its text and its code and values, which `UserError.text` and `formatNotice` write behind it. */
export function readMark(message: string): MarkedMessage {
  const [mark = "", code = "", values = ""] = /\s\[([a-z-]+)((?: [^\s\]]+)*)\]$/.exec(message) ?? [];
  if (!codes.has(code)) return { text: message, values: [] };
  return {
    text: message.slice(0, -mark.length),
    code: code as Code,
    values: values.split(" ").filter((value) => value !== ""),
  };
}
