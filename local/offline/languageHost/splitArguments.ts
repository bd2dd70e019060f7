/**
 * Splits text into words exactly as google/shlex, which the official host uses for `nodeargs`. Unlike in a shell, `\` takes any character
 * literally, even between double quotes; `#` begins a comment only at the start of a word.
 */
export function splitArguments(text: string): { words: string[] } | { problem: string } {
  const words: string[] = [];
  const characters = [...text];
  let word: string | undefined;
  let quote: string | undefined;
  for (let index = 0; index < characters.length; index += 1) {
    const character = characters[index]!;
    if (character === "\\" && quote !== "'") {
      const escaped = characters[(index += 1)];
      if (escaped === undefined) return { problem: "EOF found after escape character" };
      word = (word ?? "") + escaped;
    } else if (quote !== undefined) {
      if (character === quote) quote = undefined;
      else word = (word ?? "") + character;
    } else if (character === "'" || character === '"') {
      quote = character;
      word ??= "";
    } else if (" \t\r\n".includes(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (character === "#" && word === undefined) {
      const end = characters.indexOf("\n", index);
      index = end < 0 ? characters.length : end;
    } else word = (word ?? "") + character;
  }
  if (quote !== undefined) return { problem: "EOF found when expecting closing quote" };
  return { words: word === undefined ? words : [...words, word] };
}
