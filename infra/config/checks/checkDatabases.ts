import { identifyAddress, readDatabaseAddress } from "../../database/connection/databaseAddress.ts";
import { describeValue } from "../describeValue.ts";
import type { Declared, DeclaredOrchestra } from "./declared.ts";
import { isPoolName, readPoolNumber } from "../schema/names.ts";
import type { Finding } from "../problem.ts";
import { setSecretCommand } from "../setSecretCommand.ts";

/** Checks that every orchestra has a database of its own. */
export function checkDatabases(declared: Declared, stack: string): Finding[] {
  return [...checkClaims(declared), ...checkAdoptions(declared, stack), ...checkAdoptedAddresses(declared, stack)];
}

function checkClaims({ orchestras, pool }: Declared): Finding[] {
  const holders = new Map<number, string>();
  return orchestras.flatMap(({ id, database }) => {
    if (database?.kind !== "pool") return [];
    const { number } = database;
    const holder = holders.get(number);
    holders.set(number, holder ?? id);
    const why = refuseClaim(number, holder, pool);
    if (why === undefined) return [];
    return [
      {
        path: ["stagesub:orchestras", id, "database"],
        about: "value" as const,
        expected: `a pool database that is free: a number from 1 to ${pool.max} that is neither claimed nor retired`,
        got: `"pool-${number}"`,
        ...why,
      },
    ];
  });
}

function refuseClaim(number: number, holder: string | undefined, pool: Declared["pool"]) {
  const another = "claim another number, or leave `database:` out for a project of its own";
  if (holder !== undefined) {
    const remedy = `let one of the two claim another number, or leave its \`database:\` out for a project of its own`;
    return { why: `${holder} claims pool-${number} too`, remedy };
  }
  if (pool.retired.includes(number)) {
    const why = `pool-${number} is retired: it has held another orchestra, and its number is never used again`;
    return { why, remedy: another };
  }
  if (number <= pool.max) return undefined;
  const why = `No databases available in pool: pool-${number} lies beyond stagesub:pool.max, which is ${pool.max}`;
  return { why, remedy: `claim a lower number, or raise stagesub:pool.max to ${number}` };
}

function checkAdoptions({ orchestras, adopted, pool }: Declared, stack: string): Finding[] {
  const entries = new Set(adopted.map(({ key }) => key));
  const takers = new Map(orchestras.map((orchestra) => [orchestra.id, orchestra]));
  const missing = orchestras.filter(({ id, database }) => database?.kind === "adopted" && !entries.has(id));
  const unused = adopted.filter(({ key }) => !isPoolName(key) && takers.get(key)?.database?.kind !== "adopted");
  return [
    ...missing.map(({ id }) => ({
      path: ["stagesub:orchestras", id, "database"],
      about: "value" as const,
      expected: `the adopted database's URLs under stagesub:adopted.${id}`,
      got: "no such entry",
      remedy: (["url", "direct"] as const)
        .map((key) => setSecretCommand(["stagesub:adopted", id, key], stack))
        .join(", then "),
    })),
    ...unused.map(({ key }) => ({
      path: ["stagesub:adopted", key],
      about: "key" as const,
      expected: "the id of an orchestra with `database: adopted`, or a pool database such as pool-3",
      got: describeUnused(key, takers.get(key)),
      why: "an adopted database that nobody uses is most often a slip in a name",
      remedy: takers.has(key)
        ? `write \`database: adopted\` at ${key}, or remove this entry`
        : "remove this entry, or correct its name",
    })),
    ...adopted.flatMap(({ key }) => refuseAdoptedNumber(key, pool.max)),
  ];
}

function refuseAdoptedNumber(key: string, max: number): Finding[] {
  const number = readPoolNumber(key);
  if (!isPoolName(key) || (number !== undefined && number <= max)) return [];
  const words =
    number === undefined
      ? { why: "pool databases are counted from 1, without zeros in front", remedy: "write it like pool-1" }
      : {
          why: "an adopted database is one of the pool from here on, as a spare too",
          remedy: `adopt it under a lower number, or raise stagesub:pool.max to ${number}`,
        };
  const expected = `a pool database up to pool-${max}, as stagesub:pool.max says`;
  return [{ path: ["stagesub:adopted", key], about: "key", expected, got: describeValue(key), ...words }];
}

function describeUnused(id: string, taker: DeclaredOrchestra | undefined): string {
  const name = describeValue(id);
  return taker === undefined
    ? `${name}, which is no orchestra of this stack`
    : `${name}, whose database is not adopted`;
}

/** Compares where the URLs lead: two of them in one database, or one in the main database, would mix their data. */
function checkAdoptedAddresses({ adopted, databaseUrl }: Declared, stack: string): Finding[] {
  const identify = (url: string | undefined) => {
    const address = url === undefined ? undefined : readDatabaseAddress(url);
    return address && identifyAddress(address);
  };
  const holders = new Map<string, string>();
  const main = identify(databaseUrl);
  if (main !== undefined) holders.set(main, "the main database");
  return adopted.flatMap((entry) => {
    const places = (["url", "direct"] as const).map((key) => ({ key, place: identify(entry[key]) }));
    const taken = places.flatMap(({ key, place }) => {
      const holder = place === undefined ? undefined : holders.get(place);
      return holder === undefined ? [] : [shared(entry.key, key, holder, stack)];
    });
    for (const { place } of places) if (place !== undefined && !holders.has(place)) holders.set(place, entry.key);
    return [...taken, ...checkSameProject(entry, stack)];
  });
}

function shared(entry: string, key: "url" | "direct", holder: string, stack: string): Finding {
  return {
    path: ["stagesub:adopted", entry, key],
    about: "value",
    expected: "a database that nobody else uses",
    got: `a URL (not shown) that leads to the same database as ${holder === "the main database" ? holder : `${holder}'s`}`,
    why: "an orchestra's data lives alone in its database",
    remedy: `${setSecretCommand(["stagesub:adopted", entry, key], stack)}, with the URL of a database of its own`,
  };
}

function checkSameProject({ key, url, direct }: Declared["adopted"][number], stack: string): Finding[] {
  const app = readDatabaseAddress(url ?? "")?.project;
  const owner = readDatabaseAddress(direct ?? "")?.project;
  if (app === undefined || owner === undefined || app === owner) return [];
  return [
    {
      path: ["stagesub:adopted", key, "direct"],
      about: "value",
      expected: `a connection to the same Supabase project as stagesub:adopted.${key}.url (${app})`,
      got: `one to project ${owner}`,
      why: "migrations would run in one database while the app reads another",
      remedy: `${setSecretCommand(["stagesub:adopted", key, "direct"], stack)}, with that project's session connection`,
    },
  ];
}
