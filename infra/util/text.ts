/** Cuts a text to so many UTF-16 units, with an ellipsis in place of the rest. */
export function shorten(text: string, length: number): string {
  return text.length > length ? `${cutAt(text, length - 1)}…` : text;
}

/** Returns at most so many first UTF-16 units of a text; no character is cut in two. */
export function cutAt(text: string, length: number): string {
  return text.slice(0, length).replace(/[\uD800-\uDBFF]$/, "");
}

/**
 * Tells whether a text holds a URL with a login, or a login with its host: somebody put it into the wrong place, and its password must stay
 * hidden.
 */
export function holdsLogin(text: string): boolean {
  return /^postgres(ql)?:|:\/\/[^\s/]*@|[^\s:]:[^\s:]\S*@[\w[]/i.test(text);
}

/** Covers every URL with a login in a message. */
export function coverLogins(text: string): string {
  return text.replace(
    /postgres(ql)?:\/\/[^\n]*?@[^\s"'`),]*|[a-z][a-z\d+.-]*:\/\/[^\s"'`]*@[^\s"'`),]*/gi,
    "(a URL, not shown)",
  );
}

/** Finds what no text that people read may hold: control characters but line ends and tabs, halves of characters, and marks that turn it around. */
export function findUnprintable(text: string): string | undefined {
  return /(?![\n\t])[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/u.exec(text)?.[0];
}

/** Writes control characters, separators, direction marks and halves of characters as their codes; line ends and tabs stay. */
export function escapeInvisible(text: string): string {
  return text.replace(/(?![\n\t])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) => {
    return `\\u{${character.codePointAt(0)!.toString(16)}}`;
  });
}

/** Puts somebody else's text into one line of at most so many UTF-16 units, without signs that nobody would see. */
export function onOneLine(text: string, length: number): string {
  return cutAt(text.replace(/[\p{C}\s]+/gu, " ").trim(), length);
}

/** Lists names, and counts those past the first few: nobody reads a long line to its end. */
export function listNames(names: readonly string[], most: number): string {
  if (names.length <= most) return names.join(", ");
  return `${names.slice(0, most).join(", ")} and ${names.length - most} more`;
}

/** Makes one word of a shell command from any text. */
export function quoteForShell(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Returns "1 orchestra" or "2 orchestras". */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
