import { describe, expect, it } from "vitest";

import { problemsFor } from "./stackFile.ts";

const subdomain = (text: string) => `    orebro:\n      subdomain: ${text}`;

describe("a stack file is refused for", () => {
  it("a subdomain that is no plain name, or not the orchestra's own", () => {
    const texts = ["Orebro", "örebro", "orebro.sv", "o rebro", "xn--rebro-jua", "orebro-", "a".repeat(64), '""', "www"];
    // Cyrillic "а"; its encoding; full width; letters of mathematics. ASCII that looks alike (rnalmo) is another name.
    const lookalikes = ["m\u0430lmo", "xn--mlmo-5cd", "ｍａｌｍｏ", "𝐦𝐚𝐥𝐦𝐨", "malm\u043e"].map((text) => `"${text}"`);
    expect(problemsFor("    orebro:", ...[...texts, ...lookalikes, "malmo"].map(subdomain))).toMatchInlineSnapshot(`
      "stagesub:orchestras.orebro.subdomain (22:18): expected a subdomain of 1 to 63 lower-case letters, digits and hyphens, such as malmo
        "Orebro" | upper-case letters are not used in it | write orebro
        "örebro" | it holds letters other than a–z | write orebro
        "orebro.sv" | it is one name, without dots; stagesub:domain is added to it | write orebro-sv
        "o rebro" | it holds spaces | write o-rebro
        "xn--rebro-jua" | names that begin with xn-- are encodings of other letters and are used to deceive | write roebro
        "orebro-" | only a–z, 0–9 and hyphens inside, at most 63 of them | write it like malmo
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" | only a–z, 0–9 and hyphens inside, at most 63 of them | write it like malmo
        an empty text | only a–z, 0–9 and hyphens inside, at most 63 of them | write it like malmo
        "www" | "www" is reserved: it is StageSub's own address (infra/config/schema/reservedNames.ts) | choose another, such as the orchestra's town
        "mаlmo" | it holds letters other than a–z | choose another, such as malmo
        "xn--mlmo-5cd" | names that begin with xn-- are encodings of other letters and are used to deceive | choose another, such as malmo
        "ｍａｌｍｏ" | it holds letters other than a–z | write malmo
        "𝐦𝐚𝐥𝐦𝐨" | it holds letters other than a–z | write malmo
        "malmо" | it holds letters other than a–z | choose another, such as malmo
      stagesub:orchestras.orebro.subdomain (22:18): expected a subdomain of its own for each orchestra
        "malmo", which is malmo's too | two orchestras on one subdomain would open each other's pages | give orebro or malmo another \`subdomain:\`"
    `);
  });

  it("an id that cannot name a role, a resource and a subdomain", () => {
    const ids = ["admin", "örebro", "pool-7", "registry", "a-b-c-d-e-f-g-h-i-j-k-l-m-n-o-p-q-r-s-t", "__proto__"];
    expect(problemsFor("    orebro:", ...ids.map((id) => `    ${id}:`))).toMatchInlineSnapshot(`
      "stagesub:orchestras.admin (21:5): expected an id that can be the subdomain too, as no subdomain is given
        "admin" | "admin" is reserved: it would look like StageSub's administration (infra/config/schema/reservedNames.ts) | add \`subdomain:\` with another name under this id
      stagesub:orchestras["örebro"] (21:5): expected an id of 2 to 40 lower-case letters, digits and hyphens that begins with a letter
        "örebro" | an id has 2 to 40 of a–z, 0–9 and hyphens, begins with a letter and does not end with a hyphen | write it like malmo
      stagesub:orchestras.pool-7 (21:5): expected an id of 2 to 40 lower-case letters, digits and hyphens that begins with a letter
        "pool-7" | names like pool-3 belong to the pool's databases | choose another id
      stagesub:orchestras.registry (21:5): expected an id of 2 to 40 lower-case letters, digits and hyphens that begins with a letter
        "registry" | commands and the log call the main database so | choose another id
      stagesub:orchestras.a-b-c-d-e-f-g-h-i-j-k-l-m-n-o-p-q-r-s-t (21:5): expected an id of 2 to 40 lower-case letters, digits and hyphens that begins with a letter
        "a-b-c-d-e-f-g-h-i-j-k-l-m-n-o-p-q-r-s-t" | with so many hyphens its database role's name would be cut | choose an id with fewer hyphens
      stagesub:orchestras.__proto__ (21:5): expected an id of 2 to 40 lower-case letters, digits and hyphens that begins with a letter
        "__proto__" | an id has 2 to 40 of a–z, 0–9 and hyphens, begins with a letter and does not end with a hyphen | write it like malmo"
    `);
  });

  it("a domain or an app's host that is no host name, or leads in a circle", () => {
    const long = `${"a".repeat(60)}.${"a".repeat(60)}.${"a".repeat(60)}.stagesub.com`;
    const hosts = ["https://stagesub.com", "stagesub.com/", "stagesub", "192.0.2.1", "stagesub.com.", "StageSub.com"];
    expect(problemsFor("domain: stagesub.com", ...[...hosts, long].map((text) => `domain: ${text}`)))
      .toMatchInlineSnapshot(`
      "stagesub:domain (2:20): expected a domain
        "https://stagesub.com" | it is a URL | write the bare name, such as stagesub.com
        "stagesub.com/" | it holds a port or a path | write the bare name, such as stagesub.com
        "stagesub" | it is no host name | write it like stagesub.com
        "192.0.2.1" | it is no host name | write it like stagesub.com
        "stagesub.com." | it ends with a dot | write the bare name, such as stagesub.com
        "StageSub.com" | upper-case letters would show as drift | write stagesub.com
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.aaaaaaaaaaaaaaaaaa…" | an orchestra's name under it could be longer than DNS allows | use a shorter domain"
    `);
    const targets = ["app.malmo.stagesub.com", "malmo.stagesub.com", `${"a.".repeat(130)}se`];
    expect(problemsFor("target: cname.vercel-dns.com", ...targets.map((text) => `target: ${text}`)))
      .toMatchInlineSnapshot(`
      "stagesub:app.target (3:27): expected a host outside of the orchestras' own names
        "app.malmo.stagesub.com", which is or lies under malmo's malmo.stagesub.com | that orchestra's CNAME would lead back to itself | name the host that serves the app, such as cname.vercel-dns.com
        "malmo.stagesub.com", which is or lies under malmo's malmo.stagesub.com | that orchestra's CNAME would lead back to itself | name the host that serves the app, such as cname.vercel-dns.com
      stagesub:app.target (3:27): expected a host name
        "a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a…" | it is longer than a DNS name can be (253 characters) | write the bare name, such as stagesub.com"
    `);
  });

  it("an e-mail address to which no mail should go", () => {
    const texts = ["asa.example.se", "asa@berg@example.se", '"asa berg@example.se"', "asa@localhost"];
    const injected = ['"asa@example.se\\r\\nBcc: all@example.se"', '"Åsa<asa@example.se>"'];
    const local = ["åsa@example.se", "asa..berg@example.se", `${"a".repeat(65)}@example.se`];
    expect(problemsFor("asa@example.se", ...texts, ...injected, ...local)).toMatchInlineSnapshot(`
      "stagesub:orchestras.gavle.contact.email (18:41): expected an e-mail address
        "asa.example.se" | it holds no @ | write one plain address, such as kontoret@example.se
        "asa@berg@example.se" | it holds more than one @ | write one plain address, such as kontoret@example.se
        "asa berg@example.se" | it holds spaces or invisible characters | write one plain address, such as kontoret@example.se
        "asa@localhost" | what follows the @ is not a domain | write one plain address, such as kontoret@example.se
        "asa@example.se\\r\\nBcc: all@example.se" | it holds a line break, which could add headers to a mail | write one plain address, such as kontoret@example.se
        "Åsa<asa@example.se>" | it is a list or carries a display name | write one plain address, such as kontoret@example.se
        "åsa@example.se" | before the @ only a–z, digits and .!#$%&'*+/=?^_\`{|}~- may stand, with dots only between them | write one plain address, such as kontoret@example.se
        "asa..berg@example.se" | before the @ only a–z, digits and .!#$%&'*+/=?^_\`{|}~- may stand, with dots only between them | write one plain address, such as kontoret@example.se
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@example.se" | it is longer than mail allows (64 before the @, 254 in all) | write one plain address, such as kontoret@example.se"
    `);
  });

  it("a contact that is missing or incomplete", () => {
    const contact = "contact: { name: Åsa Berg, email: asa@example.se }";
    expect(problemsFor(`      ${contact}\n`, "")).toMatchInlineSnapshot(`
      "stagesub:orchestras.gavle.contact (16:5): expected a map with the keys name, email
        nothing | – | add contact: { name: Orkesterkontoret, email: kontoret@example.se }"
    `);
    expect(problemsFor(contact, "contact: { name: Åsa Berg }", "contact:")).toMatchInlineSnapshot(`
      "stagesub:orchestras.gavle.contact.email (18:7): expected an e-mail address
        nothing | – | add email: kontoret@example.se
      stagesub:orchestras.gavle.contact (18:15): expected a map with the keys name, email
        nothing (the key is there, its value is empty) | – | add contact: { name: Orkesterkontoret, email: kontoret@example.se }"
    `);
  });

  it("a display name that a page could not show as it is", () => {
    const signs = ['"Gävle\\nSymfoniorkester"', '"Gävle \\u202eretsekro"', '"\\e[31mGävle"', '" \\u200b "'];
    const texts = [...signs, "ä".repeat(201), "1912"];
    expect(problemsFor("name: Gävle Symfoniorkester", ...texts.map((text) => `name: ${text}`))).toMatchInlineSnapshot(`
      "stagesub:orchestras.gavle.name (17:13): expected the orchestra's name on one line
        "Gävle\\nSymfoniorkester" | it holds a line break or another control character | write the name on one line, as it should be shown
        "Gävle \\u{202e}retsekro" | it holds a character that turns the direction of the text around | write the name on one line, as it should be shown
        "\\u001b[31mGävle" | it holds a line break or another control character | write the name on one line, as it should be shown
        " \\u{200b} " | nothing of it would be visible | write the name on one line, as it should be shown
        "äääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääää…" | it is longer than 200 characters | write the name on one line, as it should be shown
        1912 (a number) | YAML reads it as a number or as true/false | put it in quotes: name: "…""
    `);
  });

  it("a date without quotes, or one that is none", () => {
    const texts = ["2026-11-22", "2026-11-22 00:00:00 +0000 UTC", '"2026-02-29"', '"22/11 2026"'];
    expect(problemsFor('since: "2026-11-22"', ...texts.map((text) => `since: ${text}`))).toMatchInlineSnapshot(`
      "stagesub:orchestras.malmo.since (14:14): expected a date in quotes, such as "2026-11-22"
        "2026-11-22 00:00:00 +0000 UTC" | without quotes YAML makes a timestamp of a date | write it in quotes: "2026-11-22"
        "2026-11-22 00:00:00 +0000 UTC" | without quotes YAML makes a timestamp of a date | write it in quotes: "2026-11-22"
        "2026-02-29" | there is no such day in the calendar | write a day that exists, such as "2026-11-22"
        "22/11 2026" | it is no date of the form YYYY-MM-DD | write it like 2026-11-22"
    `);
  });
});
