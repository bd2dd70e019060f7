/** What a DNS record of ours says of itself in its comment; {@link readComment} knows it again. */
export function commentFor(orchestra: string, stack: string): string {
  return `StageSub orchestra ${orchestra}, made by the Pulumi stack ${stack}`;
}

/** Who made a record, by its comment; undefined: it does not say, so it is nobody's. */
export function readComment(comment: string): { orchestra: string; stack: string } | undefined {
  const found = /^StageSub orchestra (\S+), made by the Pulumi stack (\S+)$/.exec(comment);
  return found ? { orchestra: found[1]!, stack: found[2]! } : undefined;
}

/** Whether two names in the DNS are the same. */
export function sameHost(a: string, b: string): boolean {
  const normal = (host: string) => host.toLowerCase().replace(/\.$/, "");
  return normal(a) === normal(b);
}
