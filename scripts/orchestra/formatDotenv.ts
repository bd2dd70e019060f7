/** Formats `NAME="url"` lines. */
export function formatDotenv(variables: Record<string, string>): string {
  return Object.entries(variables)
    .map(([name, url]) => `${name}="${escapeUrl(url)}"\n`)
    .join("");
}

/**
 * The same URL without a character that any reader of dotenv files, dotenv-expand or a shell takes for more than itself: quotes,
 * `$`, backslash, backtick, white space and whatever is not ASCII are percent-encoded, which a URL may have anywhere.
 */
export function escapeUrl(url: string): string {
  return url.replace(/[^\w\-.~:/?#[\]@!&()*+,;=%]/gu, (character) => {
    const bytes = [...Buffer.from(character)];
    return bytes.map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join("");
  });
}
