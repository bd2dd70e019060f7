import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseStack } from "../../../infra/config/parseStack.ts";
import { UserError } from "../../../infra/errors.ts";
import { adopted, bodyOf, goodFile, messageFor, read, refusalOf, spoil } from "./stackFile.ts";

const url = "postgresql://postgres:hunter2@db.example.se:5432/postgres";

describe("secrets in clear", () => {
  it("refuses the main database's URL in clear, with the command that encrypts it", () => {
    expect(messageFor(["{ secure: v1:main }", url])).toMatchInlineSnapshot(`
      "stagesub:databaseUrl  (stacks/Pulumi.production.yaml:6:25)
        expected: an encrypted value ({ secure: … })
        got:      a secret in clear (not shown)
        why:      everyone who can read the repository could use it, and it stays in its history: change that password too
        do this:  pulumi config set --secret stagesub:databaseUrl -s production"
    `);
  });

  it("refuses one leaf in clear beside encrypted ones", () => {
    expect(messageFor(["url: { secure: v1:url }", `url: ${url}`])).toMatchInlineSnapshot(`
      "stagesub:adopted.gavle.url  (stacks/Pulumi.production.yaml:7:37)
        expected: an encrypted value ({ secure: … })
        got:      a secret in clear (not shown)
        why:      everyone who can read the repository could use it, and it stays in its history: change that password too
        do this:  pulumi config set --secret --path stagesub:adopted.gavle.url -s production"
    `);
  });

  it("quotes a path that a shell would change", () => {
    const text = spoil(["url: { secure: v1:url }", `"u r l": ${url}`]);
    expect(bodyOf(refusalOf(() => parseStack(read(text), {})))).toContain(
      `pulumi config set --secret --path 'stagesub:adopted.gavle["u r l"]' -s production`,
    );
  });

  it("refuses them without the file too, as far as the engine tells", () => {
    const { file: _, ...raw } = read(goodFile);
    const { problems } = refusalOf(() => parseStack({ ...raw, secretKeys: ["stagesub:key", "stagesub:adopted"] }, {}));
    expect(problems.map(({ path, got }) => `${path}: ${got}`)).toEqual([
      "stagesub:databaseUrl: a secret in clear (not shown)",
    ]);
  });

  it("refuses a map of secrets that is encrypted as a whole", () => {
    const text = spoil(["{ gavle: { url: { secure: v1:url }, direct: { secure: v1:direct } } }", "{ secure: v1:all }"]);
    expect(bodyOf(refusalOf(() => parseStack(read(text, adopted({ gavle: { url, direct: url } })), {}))))
      .toMatchInlineSnapshot(`
        "stagesub:adopted  (stacks/Pulumi.production.yaml:7:21)
          expected: a map by orchestra id or pool database in which each URL is encrypted
          got:      a map that is encrypted as a whole
          why:      reviewers must see which databases are adopted
          do this:  pulumi config rm stagesub:adopted -s production, then set each URL: pulumi config set --secret --path stagesub:adopted.ID.url -s production"
      `);
  });

  it("refuses encrypted values where previews show them, and shows none of them", () => {
    const text = spoil(["email: orebro@example.se", "email: { secure: v1:email }"]);
    const message = bodyOf(refusalOf(() => parseStack(read(text), {})));
    expect(message).toMatchInlineSnapshot(`
      "stagesub:orchestras  (stacks/Pulumi.production.yaml:10:3)
        expected: values in clear: this key decides which resources exist, and previews show it
        got:      an encrypted value in it (not shown)
        do this:  write it in clear (pulumi config get stagesub:orchestras -s production shows it); secrets belong in key, databaseUrl and adopted"
    `);
  });
});

describe("messages", () => {
  it(
    "never hold a secret, whatever is wrong with it, also in the wrong place of an encrypted key",
    { timeout: 60_000 },
    () => {
      const secret = fc.string({ minLength: 6, maxLength: 40 }).map((text) => `zq${text}qz`);
      const scheme = fc.constantFrom("", "postgresql://", "postgres://u:", "https://", "{", "[");
      const places = fc.constantFrom<(text: string, other: string) => unknown>(
        (url, direct) => ({ gavle: { url, direct } }),
        (text) => text,
        (text, other) => [text, other],
        (gavle) => ({ gavle }),
        (text, other) => ({ gavle: [text, other] }),
        (text, other) => ({ gavle: { url: [text], direct: { inner: other }, other: text } }),
      );
      fc.assert(
        fc.property(secret, secret, secret, scheme, scheme, places, (main, one, two, first, second, place) => {
          const value = place(second + one, two);
          const adopted = typeof value === "string" ? value : JSON.stringify(value);
          const raw = read(goodFile, { "stagesub:databaseUrl": first + main, "stagesub:adopted": adopted });
          const { file: _, ...withoutFile } = raw;
          for (const subject of [raw, withoutFile, { ...raw, secretKeys: [] }]) {
            const text = textOf(() => parseStack(subject, {}));
            for (const hidden of [main, one, two]) expect(text).not.toContain(hidden);
          }
        }),
        { numRuns: 60 },
      );
    },
  );

  it("never hold what an environment variable says", () => {
    const raw = read(spoil(["  stagesub:databaseUrl: { secure: v1:main }\n", ""]));
    const message = textOf(() => parseStack(raw, { databaseUrl: "hunter2", appUrl: "https://hunter3.example.se" }));
    expect(message).not.toMatch(/hunter/);
    expect(message).toContain("DATABASE_URL");
    expect(message).toContain("STAGESUB_APP_URL");
  });

  it("do not repeat a connection string or a token that was pasted into another key", () => {
    expect(messageFor(["domain: stagesub.com", `domain: ${url}`])).not.toContain("hunter2");
    expect(messageFor(["organization: stagesub", "organization: sbp_HUNTER2"])).not.toContain("HUNTER2");
    expect(messageFor(["canary: [malmo]", `canary: ["${url}"]`])).not.toContain("hunter2");
    expect(messageFor(["database: pool-3", `database: ${url}`])).not.toContain("hunter2");
    expect(messageFor(["    orebro:", `    orebro:\n      subdomain: ${url}`])).not.toContain("hunter2");
    expect(messageFor(["    orebro:", `    ? "${url}"\n    :`])).not.toContain("hunter2");
    expect(messageFor(["      database: pool-3", `      "${url}": 1`])).not.toContain("hunter2");
  });

  it("write control characters out, so that a terminal does not obey them", () => {
    const message = messageFor(["name: Gävle Symfoniorkester", String.raw`name: "\e[2J\u202e\x9b"`]);
    expect(message.replaceAll("\n", "")).not.toMatch(/\p{C}/u);
  });
});

/** Returns everything that anyone could print of the error. */
function textOf(attempt: () => unknown): string {
  try {
    attempt();
    return "";
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return `${error.message}\n${error.stack}\n${JSON.stringify(error.fields)}`;
  }
}
