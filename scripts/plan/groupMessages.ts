/** What Pulumi or the program has said, once for all whom it concerns. */
export interface Message {
  text: string;
  /** For whom else the same was said. */
  alsoFor: string[];
}

/**
 * Messages that say the same of one orchestra after the other, as one: the first in full, then whom else it concerns.
 *
 * @param names what may differ between them: ids, hosts, names of databases and projects
 */
export function groupMessages(messages: readonly string[], names: ReadonlySet<string>): Message[] {
  const groups = new Map<string, Message>();
  for (const message of messages) {
    const found: string[] = [];
    const shape = message.replace(/[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?/g, (word) => {
      // A project's ref differs with the project.
      if (!names.has(word) && !/^[a-z]{20}$/.test(word)) return word;
      found.push(word);
      return "\u0000";
    });
    const group = groups.get(shape);
    if (group) group.alsoFor.push(found[0] ?? "");
    else groups.set(shape, { text: message, alsoFor: [] });
  }
  return [...groups.values()];
}
