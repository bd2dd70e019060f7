/** Returns "1 orchestra" or "2 orchestras"; an irregular plural is passed in. */
export function count(number: number, noun: string, plural = `${noun}s`): string {
  return `${number} ${number === 1 ? noun : plural}`;
}
