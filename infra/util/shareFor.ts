/** Returns a caller that shares one answer between all who ask for the same within a time, in milliseconds; an error is an answer too. */
export function shareFor<Asked extends string[], Answer>(
  ms: number,
  ask: (...asked: Asked) => Promise<Answer>,
): (...asked: Asked) => Promise<Answer> {
  let shared: { of: string; from: number; answer: Promise<Answer> } | undefined;
  return (...asked) => {
    const of = JSON.stringify(asked);
    if (shared?.of !== of || Date.now() - shared.from > ms) shared = { of, from: Date.now(), answer: ask(...asked) };
    return shared.answer;
  };
}
