/** "1 orchestra", "2 orchestras"; a plural that is made otherwise is given. */
export function count(number: number, noun: string, plural = `${noun}s`): string {
  return `${number} ${number === 1 ? noun : plural}`;
}
