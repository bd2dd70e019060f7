import type { Code, MarkedMessage } from "./readMark.ts";

/** A message of Pulumi or the program, once for all whom it concerns. */
export interface Message {
  text: string;
  /** The others for whom the same was said. */
  alsoFor: string[];
  /** Left out if the message is Pulumi's, a provider's or this command's. */
  code?: Code;
}

/** Groups messages that differ in nothing but their values: the first in full, then whom else it concerns. */
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
