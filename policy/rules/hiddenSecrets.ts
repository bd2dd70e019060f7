import type { Resource, Text } from "../readResource.ts";
import type { Rule } from "../rule.ts";

/** Shorter secrets would be found in all kinds of words. */
const shortest = 8;

/** Parts of a secret connection (infra/database/connection/connection.ts) that are no secret by themselves. */
const address = ["host", "user", "database", "ca"];

/** Secrets that a text gives away by its form. */
const forms: [RegExp, string][] = [
  [/\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:(?!\[YOUR-PASSWORD\])[^\s/@]+@/i, "a connection string with a password"],
  [/(?:^|\s)password=\S/i, "a connection string with a password"],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----/, "a private key"],
  [/\bsbp_[0-9a-f]{32,}/, "a Supabase access token"],
];

/** Names that only secrets have. */
const telling = /(password|secret|token)$/i;

/**
 * A value that is not marked secret is in clear in the state, in previews and in `pulumi stack output`. Every message names the place and
 * never the value.
 */
export const hiddenSecrets: Rule = {
  name: "hidden-secrets",
  description:
    "No password, token or connection string stands in a property or stack output that is not marked secret.",
  check: ({ name, texts }) => inClear(texts).flatMap((text) => explain(name, text.path, readForm(text))),
  checkStack: (resources) => {
    const secrets = new Set(resources.flatMap(({ texts }) => secretsOf(texts.filter(({ secret }) => secret))));
    return resources.flatMap((resource) =>
      inClear(resource.texts).flatMap((text) => {
        const found =
          readForm(text) ??
          (wordsOf(text.text).some((word) => secrets.has(word)) ? "what is secret elsewhere" : undefined);
        return explain(nameOf(resource), text.path, found).map((message) => ({ urn: resource.urn, message }));
      }),
    );
  },
};

function inClear(texts: readonly Text[]): Text[] {
  // The text of a dynamic provider is code, the same for each resource of a kind.
  return texts.filter(({ secret, path }) => !secret && path !== "__provider");
}

function readForm({ path, text }: Text): string | undefined {
  const form = forms.find(([pattern]) => pattern.test(text))?.[1];
  return form ?? (telling.test(path) && text !== "" ? "a secret, by its name" : undefined);
}

function explain(name: string, path: string, found: string | undefined): string[] {
  if (found === undefined) return [];
  return [
    `${path} of ${name} shows ${found} to everyone who can read the state or a preview (not shown here). Expected it marked secret: ` +
      "wrap it in pulumi.secret(…) where it enters, or name it in additionalSecretOutputs; then change it, because earlier states keep it.",
  ];
}

/**
 * Returns the values that must not be seen elsewhere: the texts except for connections' addresses, and a connection string's password,
 * encoded and plain.
 */
function secretsOf(texts: readonly Text[]): string[] {
  const paths = new Set(texts.map(({ path }) => path));
  // A connection is recognized by its shape, not its name: one of these beside another, as a preview may not know all yet.
  const isAddress = (path: string) => {
    const [, parent = "", key = ""] = /^(.*\.)?([^.]*)$/.exec(path) ?? [];
    const others = [...address, "password"].filter((other) => other !== key);
    return address.includes(key) && others.some((other) => paths.has(parent + other));
  };
  const values = texts.flatMap(({ path, text }) => {
    if (isAddress(path)) return [];
    const password = /:\/\/[^\s/:@]*:([^\s/@]+)@/.exec(text)?.[1];
    return [text, ...(password === undefined ? [] : [password, decode(password)])];
  });
  return values.filter(({ length }) => length >= shortest);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Returns the text and the words in it: a password in the middle of a longer text is found too. */
function wordsOf(text: string): string[] {
  return [text, ...text.split(/[^A-Za-z0-9_-]+/)];
}

function nameOf({ type, name }: Resource): string {
  return type === "pulumi:pulumi:Stack" ? "the stack's outputs" : name;
}
