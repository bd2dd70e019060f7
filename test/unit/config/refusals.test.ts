import { describe, expect, it } from "vitest";
import { parseStack } from "../../../infra/config/parseStack.ts";
import { bodyOf, goodFile, messageFor, read, refusalOf, spoil } from "./stackFile.ts";

// Every bad input of the issue, one by one, with the text that people get. Secrets: secrets.test.ts; addresses of databases: databases.test.ts.
describe("parseStack, names", () => {
  it("refuses a subdomain with upper case", () => {
    expect(messageFor(["    orebro:", "    orebro:\n      subdomain: Orebro"])).toMatchInlineSnapshot(`
      "stagesub:orchestras.orebro.subdomain  (stacks/Pulumi.production.yaml:22:18)
        expected: a subdomain of 1 to 63 lower-case letters, digits and hyphens, such as malmo
        got:      "Orebro"
        why:      upper-case letters are not used in it
        do this:  write orebro"
    `);
  });

  it("refuses a subdomain with å, ä or ö", () => {
    expect(messageFor(["    orebro:", "    orebro:\n      subdomain: örebro"])).toMatchInlineSnapshot(`
      "stagesub:orchestras.orebro.subdomain  (stacks/Pulumi.production.yaml:22:18)
        expected: a subdomain of 1 to 63 lower-case letters, digits and hyphens, such as malmo
        got:      "örebro"
        why:      it holds letters other than a–z
        do this:  write orebro"
    `);
  });

  it("refuses a subdomain with dots", () => {
    expect(messageFor(["    orebro:", "    orebro:\n      subdomain: orebro.sv"])).toMatchInlineSnapshot(`
      "stagesub:orchestras.orebro.subdomain  (stacks/Pulumi.production.yaml:22:18)
        expected: a subdomain of 1 to 63 lower-case letters, digits and hyphens, such as malmo
        got:      "orebro.sv"
        why:      it is one name, without dots; stagesub:domain is added to it
        do this:  write orebro-sv"
    `);
  });

  it("refuses a subdomain with spaces", () => {
    expect(messageFor(["    orebro:", "    orebro:\n      subdomain: o rebro"])).toMatchInlineSnapshot(`
      "stagesub:orchestras.orebro.subdomain  (stacks/Pulumi.production.yaml:22:18)
        expected: a subdomain of 1 to 63 lower-case letters, digits and hyphens, such as malmo
        got:      "o rebro"
        why:      it holds spaces
        do this:  write o-rebro"
    `);
  });

  it("refuses a subdomain that is an encoding (xn--)", () => {
    expect(messageFor(["    orebro:", "    orebro:\n      subdomain: xn--rebro-jua"])).toMatchInlineSnapshot(`
      "stagesub:orchestras.orebro.subdomain  (stacks/Pulumi.production.yaml:22:18)
        expected: a subdomain of 1 to 63 lower-case letters, digits and hyphens, such as malmo
        got:      "xn--rebro-jua"
        why:      names that begin with xn-- are encodings of other letters and are used to deceive
        do this:  write roebro"
    `);
  });

  it("refuses a subdomain that ends with a hyphen", () => {
    expect(messageFor(["    orebro:", "    orebro:\n      subdomain: orebro-"])).toMatchInlineSnapshot(`
      "stagesub:orchestras.orebro.subdomain  (stacks/Pulumi.production.yaml:22:18)
        expected: a subdomain of 1 to 63 lower-case letters, digits and hyphens, such as malmo
        got:      "orebro-"
        why:      only a–z, 0–9 and hyphens inside, at most 63 of them
        do this:  write it like malmo"
    `);
  });

  it("refuses a subdomain of 64 characters", () => {
    expect(
      messageFor([
        "    orebro:",
        "    orebro:\n      subdomain: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
      ]),
    ).toMatchInlineSnapshot(`
      "stagesub:orchestras.orebro.subdomain  (stacks/Pulumi.production.yaml:22:18)
        expected: a subdomain of 1 to 63 lower-case letters, digits and hyphens, such as malmo
        got:      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        why:      only a–z, 0–9 and hyphens inside, at most 63 of them
        do this:  write it like malmo"
    `);
  });

  it("refuses an empty subdomain", () => {
    expect(messageFor(["    orebro:", '    orebro:\n      subdomain: ""'])).toMatchInlineSnapshot(`
      "stagesub:orchestras.orebro.subdomain  (stacks/Pulumi.production.yaml:22:18)
        expected: a subdomain of 1 to 63 lower-case letters, digits and hyphens, such as malmo
        got:      an empty text
        why:      only a–z, 0–9 and hyphens inside, at most 63 of them
        do this:  write it like malmo"
    `);
  });

  it("refuses a reserved subdomain", () => {
    expect(messageFor(["    orebro:", "    orebro:\n      subdomain: www"])).toMatchInlineSnapshot(`
      "stagesub:orchestras.orebro.subdomain  (stacks/Pulumi.production.yaml:22:18)
        expected: a subdomain of 1 to 63 lower-case letters, digits and hyphens, such as malmo
        got:      "www"
        why:      "www" is reserved: it is StageSub's own address (infra/config/schema/reservedNames.ts)
        do this:  choose another, such as the orchestra's town"
    `);
  });

  it("refuses an id that is reserved as a subdomain", () => {
    expect(messageFor(["    orebro:", "    admin:"])).toMatchInlineSnapshot(`
      "stagesub:orchestras.admin  (stacks/Pulumi.production.yaml:21:5)
        expected: an id that can be the subdomain too, as no subdomain is given
        got:      "admin"
        why:      "admin" is reserved: it would look like StageSub's administration (infra/config/schema/reservedNames.ts)
        do this:  add \`subdomain:\` with another name under this id"
    `);
  });

  it("refuses an id with å, ä or ö", () => {
    expect(messageFor(["    orebro:", "    örebro:"])).toMatchInlineSnapshot(`
      "stagesub:orchestras["örebro"]  (stacks/Pulumi.production.yaml:21:5)
        expected: an id of 2 to 40 lower-case letters, digits and hyphens that begins with a letter
        got:      "örebro"
        why:      an id has 2 to 40 of a–z, 0–9 and hyphens, begins with a letter and does not end with a hyphen
        do this:  write it like malmo"
    `);
  });

  it("refuses an id that looks like a pool database", () => {
    expect(messageFor(["    orebro:", "    pool-7:"])).toMatchInlineSnapshot(`
      "stagesub:orchestras.pool-7  (stacks/Pulumi.production.yaml:21:5)
        expected: an id of 2 to 40 lower-case letters, digits and hyphens that begins with a letter
        got:      "pool-7"
        why:      names like pool-3 belong to the pool's databases
        do this:  choose another id"
    `);
  });

  it("refuses an id whose database role would be cut", () => {
    expect(messageFor(["    orebro:", "    a-b-c-d-e-f-g-h-i-j-k-l-m-n-o-p-q-r-s-t:"])).toMatchInlineSnapshot(`
      "stagesub:orchestras.a-b-c-d-e-f-g-h-i-j-k-l-m-n-o-p-q-r-s-t  (stacks/Pulumi.production.yaml:21:5)
        expected: an id of 2 to 40 lower-case letters, digits and hyphens that begins with a letter
        got:      "a-b-c-d-e-f-g-h-i-j-k-l-m-n-o-p-q-r-s-t"
        why:      with so many hyphens its database role's name would be cut
        do this:  choose an id with fewer hyphens"
    `);
  });

  it("refuses two orchestras on one subdomain", () => {
    expect(messageFor(["    orebro:", "    orebro:\n      subdomain: malmo"])).toMatchInlineSnapshot(`
      "stagesub:orchestras.orebro.subdomain  (stacks/Pulumi.production.yaml:22:18)
        expected: a subdomain of its own for each orchestra
        got:      "malmo", which is malmo's too
        why:      two orchestras on one subdomain would open each other's pages
        do this:  give orebro or malmo another \`subdomain:\`"
    `);
  });

  it("refuses an app host under an orchestra's own name", () => {
    expect(messageFor(["target: cname.vercel-dns.com", "target: app.malmo.stagesub.com"])).toMatchInlineSnapshot(`
      "stagesub:app.target  (stacks/Pulumi.production.yaml:3:27)
        expected: a host outside of the orchestras' own names
        got:      "app.malmo.stagesub.com", which is or lies under malmo's malmo.stagesub.com
        why:      that orchestra's CNAME would lead back to itself
        do this:  name the host that serves the app, such as cname.vercel-dns.com"
    `);
  });

  it("refuses a canary that is no orchestra", () => {
    expect(messageFor(["canary: [malmo]", "canary: [malmö]"])).toMatchInlineSnapshot(`
      "stagesub:rollout.canary[0]  (stacks/Pulumi.production.yaml:9:32)
        expected: the id of an orchestra of this stack
        got:      "malmö", which is none
        why:      malmo was probably meant
        do this:  write malmo"
    `);
  });

  it("refuses a domain with a scheme", () => {
    expect(messageFor(["domain: stagesub.com", "domain: https://stagesub.com"])).toMatchInlineSnapshot(`
      "stagesub:domain  (stacks/Pulumi.production.yaml:2:20)
        expected: a domain
        got:      "https://stagesub.com"
        why:      it is a URL
        do this:  write the bare name, such as stagesub.com"
    `);
  });

  it("refuses a domain of one label", () => {
    expect(messageFor(["domain: stagesub.com", "domain: stagesub"])).toMatchInlineSnapshot(`
      "stagesub:domain  (stacks/Pulumi.production.yaml:2:20)
        expected: a domain
        got:      "stagesub"
        why:      it is no host name
        do this:  write it like stagesub.com"
    `);
  });

  it("refuses an IP address as a domain", () => {
    expect(messageFor(["domain: stagesub.com", "domain: 192.0.2.1"])).toMatchInlineSnapshot(`
      "stagesub:domain  (stacks/Pulumi.production.yaml:2:20)
        expected: a domain
        got:      "192.0.2.1"
        why:      it is no host name
        do this:  write it like stagesub.com"
    `);
  });

  it("refuses a domain with a closing dot", () => {
    expect(messageFor(["domain: stagesub.com", "domain: stagesub.com."])).toMatchInlineSnapshot(`
      "stagesub:domain  (stacks/Pulumi.production.yaml:2:20)
        expected: a domain
        got:      "stagesub.com."
        why:      it ends with a dot
        do this:  write the bare name, such as stagesub.com"
    `);
  });

  it("refuses a domain so long that names would not fit", () => {
    expect(
      messageFor([
        "domain: stagesub.com",
        "domain: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.stagesub.com",
      ]),
    ).toMatchInlineSnapshot(`
      "stagesub:domain  (stacks/Pulumi.production.yaml:2:20)
        expected: a domain
        got:      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.aaaaaaaaaaaaaaaaaa…"
        why:      an orchestra's name under it could be longer than DNS allows
        do this:  use a shorter domain"
    `);
  });
});

describe("parseStack, contacts, names and dates", () => {
  it("refuses an e-mail address without @", () => {
    expect(messageFor(["asa@example.se", "asa.example.se"])).toMatchInlineSnapshot(`
      "stagesub:orchestras.gavle.contact.email  (stacks/Pulumi.production.yaml:18:41)
        expected: an e-mail address
        got:      "asa.example.se"
        why:      it holds no @
        do this:  write one plain address, such as kontoret@example.se"
    `);
  });

  it("refuses an e-mail address with two @", () => {
    expect(messageFor(["asa@example.se", "asa@berg@example.se"])).toMatchInlineSnapshot(`
      "stagesub:orchestras.gavle.contact.email  (stacks/Pulumi.production.yaml:18:41)
        expected: an e-mail address
        got:      "asa@berg@example.se"
        why:      it holds more than one @
        do this:  write one plain address, such as kontoret@example.se"
    `);
  });

  it("refuses an e-mail address with a space", () => {
    expect(messageFor(["asa@example.se", '"asa berg@example.se"'])).toMatchInlineSnapshot(`
      "stagesub:orchestras.gavle.contact.email  (stacks/Pulumi.production.yaml:18:41)
        expected: an e-mail address
        got:      "asa berg@example.se"
        why:      it holds spaces or invisible characters
        do this:  write one plain address, such as kontoret@example.se"
    `);
  });

  it("refuses an e-mail address that would add a header", () => {
    expect(messageFor(["asa@example.se", '"asa@example.se\\r\\nBcc: all@example.se"'])).toMatchInlineSnapshot(`
      "stagesub:orchestras.gavle.contact.email  (stacks/Pulumi.production.yaml:18:41)
        expected: an e-mail address
        got:      "asa@example.se\\r\\nBcc: all@example.se"
        why:      it holds a line break, which could add headers to a mail
        do this:  write one plain address, such as kontoret@example.se"
    `);
  });

  it("refuses an e-mail address with a display name", () => {
    expect(messageFor(["asa@example.se", '"Åsa<asa@example.se>"'])).toMatchInlineSnapshot(`
      "stagesub:orchestras.gavle.contact.email  (stacks/Pulumi.production.yaml:18:41)
        expected: an e-mail address
        got:      "Åsa<asa@example.se>"
        why:      it is a list or carries a display name
        do this:  write one plain address, such as kontoret@example.se"
    `);
  });

  it("refuses an e-mail address with å before the @", () => {
    expect(messageFor(["asa@example.se", "åsa@example.se"])).toMatchInlineSnapshot(`
      "stagesub:orchestras.gavle.contact.email  (stacks/Pulumi.production.yaml:18:41)
        expected: an e-mail address
        got:      "åsa@example.se"
        why:      before the @ only a–z, digits and .!#$%&'*+/=?^_\`{|}~- may stand, with dots only between them
        do this:  write one plain address, such as kontoret@example.se"
    `);
  });

  it("refuses an e-mail address without a top-level domain", () => {
    expect(messageFor(["asa@example.se", "asa@localhost"])).toMatchInlineSnapshot(`
      "stagesub:orchestras.gavle.contact.email  (stacks/Pulumi.production.yaml:18:41)
        expected: an e-mail address
        got:      "asa@localhost"
        why:      what follows the @ is not a domain
        do this:  write one plain address, such as kontoret@example.se"
    `);
  });

  it("refuses an e-mail address with two dots in a row", () => {
    expect(messageFor(["asa@example.se", "asa..berg@example.se"])).toMatchInlineSnapshot(`
      "stagesub:orchestras.gavle.contact.email  (stacks/Pulumi.production.yaml:18:41)
        expected: an e-mail address
        got:      "asa..berg@example.se"
        why:      before the @ only a–z, digits and .!#$%&'*+/=?^_\`{|}~- may stand, with dots only between them
        do this:  write one plain address, such as kontoret@example.se"
    `);
  });

  it("refuses a missing contact", () => {
    expect(messageFor(["      contact: { name: Åsa Berg, email: asa@example.se }\n", ""])).toMatchInlineSnapshot(`
      "stagesub:orchestras.gavle.contact  (stacks/Pulumi.production.yaml:16:5)
        expected: a map with the keys name, email
        got:      nothing
        do this:  add contact: { name: Orkesterkontoret, email: kontoret@example.se }"
    `);
  });

  it("refuses a contact without e-mail", () => {
    expect(messageFor([", email: asa@example.se", ""])).toMatchInlineSnapshot(`
      "stagesub:orchestras.gavle.contact.email  (stacks/Pulumi.production.yaml:18:7)
        expected: an e-mail address
        got:      nothing
        do this:  add email: kontoret@example.se"
    `);
  });

  it("refuses an empty contact", () => {
    expect(messageFor(["contact: { name: Åsa Berg, email: asa@example.se }", "contact:"])).toMatchInlineSnapshot(`
      "stagesub:orchestras.gavle.contact  (stacks/Pulumi.production.yaml:18:15)
        expected: a map with the keys name, email
        got:      nothing (the key is there, its value is empty)
        do this:  add contact: { name: Orkesterkontoret, email: kontoret@example.se }"
    `);
  });

  it("refuses a display name of two lines", () => {
    expect(messageFor(["name: Gävle Symfoniorkester", 'name: "Gävle\\nSymfoniorkester"'])).toMatchInlineSnapshot(`
      "stagesub:orchestras.gavle.name  (stacks/Pulumi.production.yaml:17:13)
        expected: the orchestra's name on one line
        got:      "Gävle\\nSymfoniorkester"
        why:      it holds a line break or another control character
        do this:  write the name on one line, as it should be shown"
    `);
  });

  it("refuses a display name with a direction override", () => {
    expect(messageFor(["name: Gävle Symfoniorkester", 'name: "Gävle \\u202eretsekro"'])).toMatchInlineSnapshot(`
      "stagesub:orchestras.gavle.name  (stacks/Pulumi.production.yaml:17:13)
        expected: the orchestra's name on one line
        got:      "Gävle \\u{202e}retsekro"
        why:      it holds a character that turns the direction of the text around
        do this:  write the name on one line, as it should be shown"
    `);
  });

  it("refuses a display name with a terminal escape", () => {
    expect(messageFor(["name: Gävle Symfoniorkester", 'name: "\\e[31mGävle"'])).toMatchInlineSnapshot(`
      "stagesub:orchestras.gavle.name  (stacks/Pulumi.production.yaml:17:13)
        expected: the orchestra's name on one line
        got:      "\\u001b[31mGävle"
        why:      it holds a line break or another control character
        do this:  write the name on one line, as it should be shown"
    `);
  });

  it("refuses a blank display name", () => {
    expect(messageFor(["name: Gävle Symfoniorkester", 'name: " \\u200b "'])).toMatchInlineSnapshot(`
      "stagesub:orchestras.gavle.name  (stacks/Pulumi.production.yaml:17:13)
        expected: the orchestra's name on one line
        got:      " \\u{200b} "
        why:      nothing of it would be visible
        do this:  write the name on one line, as it should be shown"
    `);
  });

  it("refuses a display name of 201 characters", () => {
    expect(
      messageFor([
        "name: Gävle Symfoniorkester",
        "name: äääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääää",
      ]),
    ).toMatchInlineSnapshot(`
      "stagesub:orchestras.gavle.name  (stacks/Pulumi.production.yaml:17:13)
        expected: the orchestra's name on one line
        got:      "äääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääää…"
        why:      it is longer than 200 characters
        do this:  write the name on one line, as it should be shown"
    `);
  });

  it("refuses a display name that YAML reads as a number", () => {
    expect(messageFor(["name: Gävle Symfoniorkester", "name: 1912"])).toMatchInlineSnapshot(`
      "stagesub:orchestras.gavle.name  (stacks/Pulumi.production.yaml:17:13)
        expected: the orchestra's name on one line
        got:      1912 (a number)
        why:      YAML reads it as a number or as true/false
        do this:  put it in quotes: name: "…""
    `);
  });

  it("refuses a date without quotes", () => {
    expect(messageFor(['since: "2026-11-22"', "since: 2026-11-22"])).toMatchInlineSnapshot(`
      "stagesub:orchestras.malmo.since  (stacks/Pulumi.production.yaml:14:14)
        expected: a date in quotes, such as "2026-11-22"
        got:      "2026-11-22 00:00:00 +0000 UTC"
        why:      without quotes YAML makes a timestamp of a date
        do this:  write it in quotes: "2026-11-22""
    `);
  });

  it("refuses a date that Pulumi rewrote", () => {
    expect(messageFor(['since: "2026-11-22"', "since: 2026-11-22 00:00:00 +0000 UTC"])).toMatchInlineSnapshot(`
      "stagesub:orchestras.malmo.since  (stacks/Pulumi.production.yaml:14:14)
        expected: a date in quotes, such as "2026-11-22"
        got:      "2026-11-22 00:00:00 +0000 UTC"
        why:      without quotes YAML makes a timestamp of a date
        do this:  write it in quotes: "2026-11-22""
    `);
  });

  it("refuses a day that is not in the calendar", () => {
    expect(messageFor(['since: "2026-11-22"', 'since: "2026-02-29"'])).toMatchInlineSnapshot(`
      "stagesub:orchestras.malmo.since  (stacks/Pulumi.production.yaml:14:14)
        expected: a date in quotes, such as "2026-11-22"
        got:      "2026-02-29"
        why:      there is no such day in the calendar
        do this:  write a day that exists, such as "2026-11-22""
    `);
  });

  it("refuses a date in another order", () => {
    expect(messageFor(['since: "2026-11-22"', 'since: "22/11 2026"'])).toMatchInlineSnapshot(`
      "stagesub:orchestras.malmo.since  (stacks/Pulumi.production.yaml:14:14)
        expected: a date in quotes, such as "2026-11-22"
        got:      "22/11 2026"
        why:      it is no date of the form YYYY-MM-DD
        do this:  write it like 2026-11-22"
    `);
  });
});

describe("parseStack, keys and types", () => {
  it("refuses an unknown key of an orchestra", () => {
    expect(messageFor(["      database: pool-3", "      databas: pool-3"])).toMatchInlineSnapshot(`
      "stagesub:orchestras.malmo.databas  (stacks/Pulumi.production.yaml:15:7)
        expected: one of the keys name, subdomain, contact, since, database, passwordVersion, state, protect
        got:      a key that is not known here
        why:      database was probably meant
        do this:  rename it to database"
    `);
  });

  it("refuses an unknown key that resembles none", () => {
    expect(messageFor(["      database: pool-3", "      conductor: Alva"])).toMatchInlineSnapshot(`
      "stagesub:orchestras.malmo.conductor  (stacks/Pulumi.production.yaml:15:7)
        expected: one of the keys name, subdomain, contact, since, database, passwordVersion, state, protect
        got:      a key that is not known here
        do this:  remove it"
    `);
  });

  it("refuses an unknown stagesub: key", () => {
    expect(messageFor(["stagesub:rollout", "stagesub:rolout"])).toMatchInlineSnapshot(`
      "stagesub:rolout  (stacks/Pulumi.production.yaml:9:3)
        expected: one of the keys stagesub:domain, stagesub:app, stagesub:cloudflare, stagesub:supabase, stagesub:key, stagesub:keyVersion, stagesub:previousKey, stagesub:databaseUrl, stagesub:databaseMovedTo, stagesub:adopted, stagesub:backup, stagesub:pool, stagesub:rollout, stagesub:orchestras
        got:      a key that is not known here
        why:      stagesub:rollout was probably meant
        do this:  rename it to stagesub:rollout"
    `);
  });

  it("refuses a stagesub: key that stands beside config:, which Pulumi passes over", () => {
    const text = `${spoil(["  stagesub:pool: { spares: 2, max: 20, retired: [2] }\n", ""])}stagesub:pool: { spares: 2 }\n`;
    const { "stagesub:pool": _, ...values } = read(goodFile).values;
    const raw = { ...read(goodFile), values, file: { path: "stacks/Pulumi.production.yaml", text } };
    expect(bodyOf(refusalOf(() => parseStack(raw, {})))).toMatchInlineSnapshot(`
      "stagesub:pool  (stacks/Pulumi.production.yaml:24:1)
        expected: a map with the keys config, encryptionsalt, secretsprovider, encryptedkey, environment
        got:      a key that is not known here
        do this:  remove it, or indent it under config:"
    `);
  });

  it("takes no unknown stagesub: key for another because both begin alike", () => {
    expect(messageFor(["stagesub:rollout", "stagesub:theme"])).not.toContain("was probably meant");
  });

  it("refuses a missing required key", () => {
    expect(messageFor(["  stagesub:domain: stagesub.com\n", ""])).toMatchInlineSnapshot(`
      "stagesub:domain  (stacks/Pulumi.production.yaml:1:1)
        expected: a domain
        got:      nothing
        do this:  add stagesub:domain: stagesub.com"
    `);
  });

  it("refuses a missing main database", () => {
    expect(messageFor(["  stagesub:databaseUrl: { secure: v1:main }\n", ""])).toMatchInlineSnapshot(`
      "stagesub:databaseUrl  (stacks/Pulumi.production.yaml:1:1)
        expected: the main database's connection URL
        got:      nothing, neither here nor in DATABASE_URL
        why:      every orchestra is registered in the main database
        do this:  pulumi config set --secret stagesub:databaseUrl -s production, or set DATABASE_URL"
    `);
  });

  it("refuses a text where a map belongs", () => {
    expect(messageFor(["{ spares: 2, max: 20, retired: [2] }", "two"])).toMatchInlineSnapshot(`
      "stagesub:pool  (stacks/Pulumi.production.yaml:8:18)
        expected: a map with the keys spares, max, retired
        got:      "two" (a text)
        do this:  write it like { spares: 2, max: 20 }"
    `);
  });

  it("refuses a list where a map belongs", () => {
    expect(messageFor(["{ canary: [malmo] }", "[malmo]"])).toMatchInlineSnapshot(`
      "stagesub:rollout  (stacks/Pulumi.production.yaml:9:21)
        expected: a map with the keys canary, waves, onError, staging
        got:      a list of 1
        do this:  write it like { canary: [ malmo ], waves: [ [ gavle, goteborg ] ] }"
    `);
  });

  it("refuses a text where a list belongs", () => {
    expect(messageFor(["[malmo]", "malmo"])).toMatchInlineSnapshot(`
      "stagesub:rollout.canary  (stacks/Pulumi.production.yaml:9:31)
        expected: a list; in it an orchestra's id
        got:      "malmo" (a text)
        do this:  write it like [ malmo ]"
    `);
  });

  it("refuses a text where a number belongs", () => {
    expect(messageFor(["spares: 2", 'spares: "2"'])).toMatchInlineSnapshot(`
      "stagesub:pool.spares  (stacks/Pulumi.production.yaml:8:28)
        expected: a whole number from 0 to 100
        got:      "2" (a text)
        do this:  write a whole number from 0 to 100, without quotes"
    `);
  });

  it("refuses a fraction where a whole number belongs", () => {
    expect(messageFor(["spares: 2", "spares: 2.5"])).toMatchInlineSnapshot(`
      "stagesub:pool.spares  (stacks/Pulumi.production.yaml:8:28)
        expected: a whole number from 0 to 100
        got:      2.5 (a number)
        do this:  write a whole number from 0 to 100, without quotes"
    `);
  });

  it("refuses a negative number", () => {
    expect(messageFor(["spares: 2", "spares: -1"])).toMatchInlineSnapshot(`
      "stagesub:pool.spares  (stacks/Pulumi.production.yaml:8:28)
        expected: a whole number from 0 to 100
        got:      -1 (a number)
        do this:  write a whole number from 0 to 100, without quotes"
    `);
  });

  it("refuses a password version that is no whole number from 1", () => {
    expect(messageFor(["database: pool-3", "passwordVersion: 0"])).toMatchInlineSnapshot(`
      "stagesub:orchestras.malmo.passwordVersion  (stacks/Pulumi.production.yaml:15:24)
        expected: a whole number from 1 to 9999
        got:      0 (a number)
        do this:  write it like 2"
    `);
    for (const version of ["-1", "1.5", '"2"', "10000", "two"])
      expect(messageFor(["database: pool-3", `passwordVersion: ${version}`])).toContain(
        "expected: a whole number from 1 to 9999",
      );
  });

  it("refuses yes where true or false belongs", () => {
    expect(messageFor(["target: cname.vercel-dns.com", "target: cname.vercel-dns.com, proxied: yes"]))
      .toMatchInlineSnapshot(`
        "stagesub:app.proxied  (stacks/Pulumi.production.yaml:3:58)
          expected: true or false
          got:      "yes" (a text)
          do this:  write true or false, without quotes"
      `);
  });

  it("refuses an orchestra that is a text", () => {
    expect(messageFor(["stagesub:orchestras:", "stagesub:orchestras:\n    lund: Lunds Studentorkester"]))
      .toMatchInlineSnapshot(`
        "stagesub:orchestras.lund  (stacks/Pulumi.production.yaml:11:11)
          expected: a map with the keys name, subdomain, contact, since, database, passwordVersion, state, protect
          got:      "Lunds Studentorkester" (a text)
          do this:  write it like { name: Malmö Symfoniorkester, contact: { name: Orkesterkontoret, email: kontoret@example.se }, since: "2026-11-22" }"
      `);
  });

  it("refuses an unknown region", () => {
    expect(messageFor(["eu-north-1", "eu-nord-1"])).toMatchInlineSnapshot(`
      "stagesub:supabase.region  (stacks/Pulumi.production.yaml:5:56)
        expected: one of eu-north-1, eu-central-1, eu-central-2, eu-west-1, eu-west-2, eu-west-3, us-east-1, us-east-2, us-west-1, us-west-2, ca-central-1, sa-east-1, ap-east-1, ap-northeast-1, ap-northeast-2, ap-south-1, ap-southeast-1, ap-southeast-2
        got:      "eu-nord-1"
        why:      eu-north-1 was probably meant
        do this:  write eu-north-1"
    `);
  });

  it("refuses a region that resembles none", () => {
    expect(messageFor(["eu-north-1", "Stockholm"])).toMatchInlineSnapshot(`
      "stagesub:supabase.region  (stacks/Pulumi.production.yaml:5:56)
        expected: one of eu-north-1, eu-central-1, eu-central-2, eu-west-1, eu-west-2, eu-west-3, us-east-1, us-east-2, us-west-1, us-west-2, ca-central-1, sa-east-1, ap-east-1, ap-northeast-1, ap-northeast-2, ap-south-1, ap-southeast-1, ap-southeast-2
        got:      "Stockholm"
        do this:  write one of those, such as eu-north-1"
    `);
  });

  it("refuses an unknown size", () => {
    expect(messageFor(["region: eu-north-1", "region: eu-north-1, size: 2xl"])).toMatchInlineSnapshot(`
      "stagesub:supabase.size  (stacks/Pulumi.production.yaml:5:74)
        expected: one of nano, micro, small, medium, large, xlarge, 2xlarge, 4xlarge, 8xlarge, 12xlarge, 16xlarge, 24xlarge, 24xlarge_optimized_cpu, 24xlarge_optimized_memory, 24xlarge_high_memory, 48xlarge, 48xlarge_optimized_cpu, 48xlarge_optimized_memory, 48xlarge_high_memory
        got:      "2xl"
        why:      2xlarge was probably meant
        do this:  write 2xlarge"
    `);
  });

  it("refuses an unknown way to connect", () => {
    expect(messageFor(["region: eu-north-1", "region: eu-north-1, connect: transaction"])).toMatchInlineSnapshot(`
      "stagesub:supabase.connect  (stacks/Pulumi.production.yaml:5:77)
        expected: one of session, direct
        got:      "transaction"
        do this:  write one of those, such as session"
    `);
  });

  it("refuses a zone id of another length", () => {
    expect(messageFor(["023e105f4ecef8ad9ca31a8372d0c353", "v1.0-secrettoken"])).toMatchInlineSnapshot(`
      "stagesub:cloudflare.zoneId  (stacks/Pulumi.production.yaml:4:34)
        expected: 32 hexadecimal digits
        got:      a text of 16 characters (not shown)
        why:      it is not 32 of 0–9 and a–f
        do this:  write it like 023e105f4ecef8ad9ca31a8372d0c353"
    `);
  });

  it("refuses a zone id that YAML reads as a number", () => {
    expect(messageFor(["023e105f4ecef8ad9ca31a8372d0c353", "12345678901234567890123456789012"])).toMatchInlineSnapshot(`
      "stacks/Pulumi.production.yaml  (stacks/Pulumi.production.yaml:4:34)
        expected: a number in decimal digits, or a text in quotes
        got:      a number in another form, which readers of YAML do not agree about
        do this:  write 1000 and not 1_000, 0x3e8 or 1e3; quote it where it is a text"
    `);
  });

  it("refuses an app address without {host}", () => {
    expect(messageFor(["target: cname.vercel-dns.com", "target: cname.vercel-dns.com, url: https://app.stagesub.com"]))
      .toMatchInlineSnapshot(`
        "stagesub:app.url  (stacks/Pulumi.production.yaml:3:54)
          expected: a URL with {host} in place of the name
          got:      "https://app.stagesub.com"
          why:      it must be http:// or https://, then {host} once, then at most a port and a path
          do this:  write it like https://{host}"
      `);
  });

  it("refuses parameters with a question mark", () => {
    expect(
      messageFor(["target: cname.vercel-dns.com", "target: cname.vercel-dns.com, urlParameters: '?pgbouncer=true'"]),
    ).toMatchInlineSnapshot(`
      "stagesub:app.urlParameters  (stacks/Pulumi.production.yaml:3:64)
        expected: parameters such as pgbouncer=true&connection_limit=1
        got:      "?pgbouncer=true"
        why:      it must be name=value pairs joined by &, without a leading ?
        do this:  write it like pgbouncer=true&connection_limit=1&sslmode=require"
    `);
  });

  it("refuses a network without a prefix length", () => {
    expect(messageFor(["region: eu-north-1", "region: eu-north-1, networkRestrictions: [203.0.113.7]"]))
      .toMatchInlineSnapshot(`
        "stagesub:supabase.networkRestrictions[0]  (stacks/Pulumi.production.yaml:5:90)
          expected: a network in CIDR form
          got:      "203.0.113.7"
          why:      it has no prefix length
          do this:  for this one address write 203.0.113.7/32"
      `);
  });

  it("refuses an empty list of networks, which could mean all or none", () => {
    expect(messageFor(["region: eu-north-1", "region: eu-north-1, networkRestrictions: []"])).toMatchInlineSnapshot(`
      "stagesub:supabase.networkRestrictions  (stacks/Pulumi.production.yaml:5:89)
        expected: a list; in it a network in CIDR form
        got:      an empty list
        do this:  write it like [ 203.0.113.0/24 ]"
    `);
  });

  it("refuses a network that is a name", () => {
    expect(messageFor(["region: eu-north-1", "region: eu-north-1, networkRestrictions: [office]"]))
      .toMatchInlineSnapshot(`
        "stagesub:supabase.networkRestrictions[0]  (stacks/Pulumi.production.yaml:5:90)
          expected: a network in CIDR form
          got:      "office"
          why:      it does not begin with an IP address
          do this:  write an address and a prefix length, such as 203.0.113.0/24 or 203.0.113.7/32"
      `);
  });
});

describe("parseStack, databases", () => {
  it("refuses a claim of no pool database", () => {
    expect(messageFor(["database: pool-3", "database: pool-03"])).toMatchInlineSnapshot(`
      "stagesub:orchestras.malmo.database  (stacks/Pulumi.production.yaml:15:17)
        expected: pool-N (such as pool-3) or adopted, or no such key for a project of its own
        got:      "pool-03"
        why:      it is neither a pool database's name nor \`adopted\`
        do this:  write it like pool-3"
    `);
  });

  it("refuses two claims of one pool database", () => {
    expect(
      messageFor([
        '      since: "2026-11-22"\n      database: pool-3',
        '      since: "2026-11-22"\n      database: pool-3\n    lund:\n      name: Lund\n      contact: { name: A, email: a@example.se }\n      since: "2026-11-22"\n      database: pool-3',
      ]),
    ).toMatchInlineSnapshot(`
      "stagesub:orchestras.lund.database  (stacks/Pulumi.production.yaml:20:17)
        expected: a pool database that is free: a number from 1 to 20 that is neither claimed nor retired
        got:      "pool-3"
        why:      malmo claims pool-3 too
        do this:  let one of the two claim another number, or leave its \`database:\` out for a project of its own"
    `);
  });

  it("refuses a claim of a retired pool database", () => {
    expect(messageFor(["database: pool-3", "database: pool-2"])).toMatchInlineSnapshot(`
      "stagesub:orchestras.malmo.database  (stacks/Pulumi.production.yaml:15:17)
        expected: a pool database that is free: a number from 1 to 20 that is neither claimed nor retired
        got:      "pool-2"
        why:      pool-2 is retired: it has held another orchestra, and its number is never used again
        do this:  claim another number, or leave \`database:\` out for a project of its own"
    `);
  });

  it("refuses a claim beyond the pool's maximum", () => {
    expect(messageFor(["database: pool-3", "database: pool-21"])).toMatchInlineSnapshot(`
      "stagesub:orchestras.malmo.database  (stacks/Pulumi.production.yaml:15:17)
        expected: a pool database that is free: a number from 1 to 20 that is neither claimed nor retired
        got:      "pool-21"
        why:      No databases available in pool: pool-21 lies beyond stagesub:pool.max, which is 20
        do this:  claim a lower number, or raise stagesub:pool.max to 21"
    `);
  });

  it("refuses an adoption without its URLs", () => {
    expect(messageFor(["database: pool-3", "database: adopted"])).toMatchInlineSnapshot(`
      "stagesub:orchestras.malmo.database  (stacks/Pulumi.production.yaml:15:17)
        expected: the adopted database's URLs under stagesub:adopted.malmo
        got:      no such entry
        do this:  pulumi config set --secret --path stagesub:adopted.malmo.url -s production, then pulumi config set --secret --path stagesub:adopted.malmo.direct -s production"
    `);
  });

  it("refuses URLs of an orchestra that does not adopt", () => {
    expect(
      messageFor([
        "adopted: { gavle:",
        "adopted: { malmo: { url: { secure: v1:x }, direct: { secure: v1:y } }, gavle:",
      ]),
    ).toMatchInlineSnapshot(`
        "stagesub:adopted.malmo  (stacks/Pulumi.production.yaml:7:23)
          expected: the id of an orchestra with \`database: adopted\`, or a pool database such as pool-3
          got:      "malmo", whose database is not adopted
          why:      an adopted database that nobody uses is most often a slip in a name
          do this:  write \`database: adopted\` at malmo, or remove this entry"
      `);
  });

  it("refuses URLs of an orchestra that does not exist", () => {
    expect(
      messageFor([
        "adopted: { gavle:",
        "adopted: { gavel: { url: { secure: v1:x }, direct: { secure: v1:y } }, gavle:",
      ]),
    ).toMatchInlineSnapshot(`
        "stagesub:adopted.gavel  (stacks/Pulumi.production.yaml:7:23)
          expected: the id of an orchestra with \`database: adopted\`, or a pool database such as pool-3
          got:      "gavel", which is no orchestra of this stack
          why:      an adopted database that nobody uses is most often a slip in a name
          do this:  remove this entry, or correct its name"
      `);
  });

  it("refuses an adopted database without its direct URL", () => {
    expect(messageFor([", direct: { secure: v1:direct }", ""])).toMatchInlineSnapshot(`
      "stagesub:adopted.gavle.direct  (stacks/Pulumi.production.yaml:7:23)
        expected: a connection URL
        got:      nothing
        do this:  pulumi config set --secret --path stagesub:adopted.gavle.direct -s production"
    `);
  });
});
