import { readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { readTemplate } from "../../infra/database/seeds/readTemplate.ts";
import { readSeeds } from "../../infra/database/seeds/readSeeds.ts";
import { readSettings } from "../../infra/database/seeds/readSettings.ts";
import { copyFolder, messageOf, root } from "./support.ts";

describe("readSeeds", () => {
  it("reads the shipped ones: eight e-mails in Swedish and English, and settings", () => {
    const { files, templates, settings } = readSeeds(path.join(root, "seeds/orchestra"));
    expect(files).toHaveLength(17);
    expect(templates).toHaveLength(16);
    expect(templates.filter(({ language }) => language === "sv").map(({ name }) => name)).toEqual([
      "welcome",
      "password-reset",
      "request",
      "reminder",
      "accepted",
      "declined",
      "cancelled",
      "filled",
    ]);
    expect(settings.find(({ key }) => key === "requestResponseHours")).toMatchObject({ value: "48", type: "INTEGER" });
  });

  it("names everything that is wrong at once, with file and line", async () => {
    const folder = await copyFolder("seeds/orchestra");
    const write = (file: string, text: string) => writeFile(path.join(folder, file), text);
    await rm(path.join(folder, "templates/filled.en.md"));
    await write("templates/fileld.en.md", "---\nsubject: x\n---\nx\n");
    await write("templates/welcome.sv.md", "Hej!\n");
    await write("templates/welcome.en.md", "---\nsubject: {{orchestraName}} x\nauthor: me\n---\nHello\n");
    await write(
      "templates/request.sv.md",
      "---\nsubject: Hej\nsender: me\n---\n\nHej {{musicanName}}!\n{{ acceptUrl }}\n",
    );
    await write("templates/request.en.md", "---\nsubject: ''\n---\n\n");
    await write(
      "settings.yaml",
      [
        "requestResponseHours: { type: integer, value: 1.5, description: x }",
        "request-hours: { type: text, value: x, description: x }",
        "plain: 5",
        "phone:\n  type: text\n  value: 0123\n  description: x\n  unit: x",
        "flag: { type: bool, value: true, description: x }",
        "silent: { type: boolean, value: yes }",
      ].join("\n"),
    );
    const message = await messageOf(Promise.resolve().then(() => readSeeds(folder)));
    expect(message.replaceAll(folder, "seeds")).toMatchInlineSnapshot(`
      "Refusing these seeds:
      - seeds/templates/welcome.sv.md:1: expected front matter between two lines "---" with the subject, then the text of the e-mail.
      - seeds/templates/welcome.en.md:2: not YAML: Unexpected scalar at node end
      - seeds/templates/welcome.en.md:5: expected {{loginUrl}} somewhere in the text: it is the orchestra's login page.
      - seeds/templates/request.sv.md:3: unknown key "sender": only "subject" goes into the front matter.
      - seeds/templates/request.sv.md:6: the app fills in no {{musicanName}} here. Use one of: orchestraName, musicianName, instrument, productionTitle, productionDates, venue, contactName, contactEmail, fee, respondBy, acceptUrl, declineUrl, message.
      - seeds/templates/request.sv.md:7: expected a placeholder like {{musicianName}}, without spaces, got braces without one.
      - seeds/templates/request.sv.md:6: expected {{productionTitle}} somewhere in the text: it is the production's title.
      - seeds/templates/request.sv.md:6: expected {{acceptUrl}} somewhere in the text: it is the page that says yes.
      - seeds/templates/request.sv.md:6: expected {{declineUrl}} somewhere in the text: it is the page that says no.
      - seeds/templates/request.en.md:2: expected a subject of one line of at most 250 characters, got "". With a colon or {{ at its start, put it in quotes.
      - seeds/templates/request.en.md:5: expected the text of the e-mail below the front matter, got none.
      - seeds/templates/request.en.md:5: expected {{productionTitle}} somewhere in the text: it is the production's title.
      - seeds/templates/request.en.md:5: expected {{acceptUrl}} somewhere in the text: it is the page that says yes.
      - seeds/templates/request.en.md:5: expected {{declineUrl}} somewhere in the text: it is the page that says no.
      - seeds/templates/filled.en.md: expected this file, found none. Bring it back, or copy its neighbour.
      - seeds/settings.yaml:1: requestResponseHours: expected a whole number as its value, got 1.5.
      - seeds/settings.yaml:2: request-hours: expected a name like requestResponseHours.
      - seeds/settings.yaml:3: plain: expected type, value and description below it.
      - seeds/settings.yaml:8: phone: unknown key "unit": expected type, value and description.
      - seeds/settings.yaml:6: phone: expected text (in quotes where it looks like a number: "0123") as its value, got 0123.
      - seeds/settings.yaml:9: flag: expected a type out of text, integer, boolean, got "bool".
      - seeds/settings.yaml:10: silent: expected a description of what it does.
      - seeds/settings.yaml:10: silent: expected true or false as its value, got "yes".
      - seeds/templates/fileld.en.md: nothing reads this file. Templates are named <name>.<sv|en>.md, with a name out of welcome, password-reset, request, reminder, accepted, declined, cancelled, filled."
    `);
  });

  it("points to the line where YAML does not parse", async () => {
    const folder = await copyFolder("seeds/orchestra");
    await writeFile(path.join(folder, "settings.yaml"), "a:\n  type: text\n  value: [\n");
    const message = await messageOf(Promise.resolve().then(() => readSeeds(folder)));
    expect(message).toMatch(/settings\.yaml:\d+: not YAML: /);
  });

  it.each([
    ["CRLF and a byte order mark", (text: string) => `\ufeff${text.replaceAll("\n", "\r\n")}`],
    ["lone CR", (text: string) => text.replaceAll("\n", "\r")],
    ["spaces behind ---", (text: string) => text.replaceAll(/^---$/gm, "--- \t")],
  ])("reads what editors write as the same rows: %s", async (_case, rewrite) => {
    const folder = await copyFolder("seeds/orchestra");
    const before = readSeeds(folder);
    for (const { file } of before.files) {
      const text = await readFile(path.join(folder, file), "utf8");
      await writeFile(path.join(folder, file), rewrite(text));
    }
    const after = readSeeds(folder);
    expect(after.templates).toEqual(before.templates);
    expect(after.settings).toEqual(before.settings);
  });

  const welcome = (front: string, body = "{{loginUrl}}") => {
    const problems: string[] = [];
    const report = (line: number, problem: string) => void problems.push(`${line}: ${problem}`);
    const seed = readTemplate(`---\n${front}\n---\n${body}\n`, { name: "welcome", language: "sv" }, report);
    return { ...seed, problems };
  };

  it.each([
    ["a # in the subject", "subject: Plats #3 hos oss", "2: expected the whole subject in quotes, got a # in it"],
    ["a # behind a placeholder", "subject: Hos {{orchestraName}} #nu", "2: expected the whole subject in quotes"],
    ["a line separator in the subject", 'subject: "Hej\\u2028Bcc: x@example.se"', "2: expected a subject of one line"],
    ["a line break in the subject", 'subject: "Hej\\rBcc: x@example.se"', "2: expected a subject of one line"],
    ["a subject that turns the text around", 'subject: "Hej\\u202ejeH"', "2: expected a subject of one line"],
    ["a subject that nobody sees", 'subject: "\\u200b \\u00ad"', "2: expected a subject of one line"],
    ["half of a character in the subject", 'subject: "Hej \\ud83d"', "2: expected a subject of one line"],
    ["NUL in the subject", 'subject: "Hej\\0"', "2: expected a subject of one line"],
    ["a long subject", `subject: ${"x".repeat(251)}`, "of at most 250 characters"],
    ["a number as the subject", "subject: 123", "got 123"],
    ["a placeholder that YAML takes for a map", "subject: {{orchestraName}}", "put it in quotes"],
    ["an alias", "subject: *hej", "2: expected a subject of one line"],
    ["two subjects", "subject: a\nsubject: b", "3: not YAML: Map keys must be unique"],
    ["a second document", "subject: a\n--- x", "not YAML"],
    ["brackets without end, in one line", `subject: ${"[".repeat(20_000)}`, "2: not YAML"],
  ])("refuses %s", (_case, front, problem) => {
    const { problems } = welcome(front);
    expect(problems.join("\n")).toContain(problem);
    expect(problems).toHaveLength(1);
  });

  it.each([
    ["a control character", "{{loginUrl}}\n\u0007", "5: expected text that prints, got \\u{7}"],
    ["text that is turned around", "\u202e{{loginUrl}}", "4: expected text that prints, got \\u{202e}"],
    ["a placeholder with an invisible sign", "{{login\u200bUrl}} {{loginUrl}}", "4: expected a placeholder like"],
    ["a placeholder over two lines", "{{loginUrl}} {{\nloginUrl}}", "4: expected a placeholder like"],
    ["a section", "{{#if x}}{{loginUrl}}", "4: expected a placeholder like"],
    ["a placeholder of another spelling", "{{loginUrl}} {{loginURL}}", "4: the app fills in no {{loginURL}} here"],
    ["a name of JavaScript's", "{{loginUrl}} {{constructor}}", "4: the app fills in no {{constructor}} here"],
    ["nothing that is seen", "\u00a0\n ", "expected the text of the e-mail"],
  ])("refuses in the text: %s", (_case, body, problem) => {
    expect(welcome("subject: Hej", body).problems.join("\n")).toContain(problem);
  });

  it.each([
    ["a: { type: integer, value: 010, description: x }", "got 010"],
    ["a: { type: integer, value: 0x10, description: x }", "got 0x10"],
    ["a: { type: integer, value: 1e3, description: x }", "got 1e3"],
    ["a: { type: integer, value: 1_000, description: x }", 'got "1_000"'],
    ["a: { type: integer, value: 9007199254740993, description: x }", "expected a whole number"],
    ['a: { type: text, value: "a\\0", description: x }', "expected text that prints"],
    ['a: { type: text, value: a, description: "\\ud800" }', "expected text that prints"],
    ["a: &a { type: text, value: x, description: x }\nb: *a", "2: b: expected type, value and description below it"],
    ["a: { type: constructor, value: x, description: x }", "expected a type out of"],
    ["__proto__: { type: text, value: x, description: x }", "expected a name like"],
  ])("refuses the setting %s", (text, problem) => {
    const problems: string[] = [];
    readSettings(text, (line, says) => void problems.push(`${line}: ${says}`));
    expect(problems.join("\n")).toContain(problem);
  });

  it.each(["{{{loginUrl}}}", "{{loginUrl}}}", "{{{loginUrl}}", "{ {{{{loginUrl}}}} }"])(
    "refuses braces that no placeholder is: %s",
    (body) => {
      const { problems } = welcome("subject: Hej", body);
      expect(problems.join("\n")).toContain("got braces without one");
      expect(problems.join("\n")).toContain("expected {{loginUrl}} somewhere");
    },
  );

  it("takes a # in quotes, a comment on a line of its own, and a rule in the text", () => {
    expect(
      welcome('# shown in the list\nsubject: "Plats #3" # the best', "{{loginUrl}}\n---\nHej\u2028---").problems,
    ).toHaveLength(1);
    expect(welcome('# shown in the list\nsubject: "Plats #3"', "{{loginUrl}}\n---\nHej\u2028---")).toMatchObject({
      subject: "Plats #3",
      body: "{{loginUrl}}\n---\nHej\u2028---\n",
      problems: [],
    });
  });
});
