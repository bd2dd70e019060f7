import { identifyAddress, readDatabaseAddress } from "../../database/connection/databaseAddress.ts";
import { describeValue } from "../describeValue.ts";
import type { AdoptedUrls, Declared } from "./declared.ts";
import { isPoolName, readPoolNumber } from "../schema/names.ts";
import { type ConfigProblem, setSecretCommand } from "../problem.ts";

/** Checks that every orchestra has a database of its own, and that none with data may be deleted. */
export function checkDatabases(declared: Declared, stack: string): ConfigProblem[] {
  return [
    ...checkClaims(declared),
    ...checkMissingUrls(declared, stack),
    ...checkAdopted(declared),
    ...checkAddresses(declared, stack),
    ...checkReleases(declared),
  ];
}

function checkClaims({ orchestras, pool }: Declared): ConfigProblem[] {
  const holders = new Map<number, string>();
  return orchestras.flatMap(({ id, database }) => {
    if (database?.kind !== "pool") return [];
    const { number } = database;
    const holder = holders.get(number);
    holders.set(number, holder ?? id);
    const refusal = refuseClaim(number, holder, pool);
    if (refusal === undefined) return [];
    const path = ["stagesub:orchestras", id, "database"];
    const expected = `a pool database that is free: a number from 1 to ${pool.max} that is neither claimed nor retired`;
    return [{ path, expected, got: `"pool-${number}"`, ...refusal }];
  });
}

function refuseClaim(number: number, holder: string | undefined, { max, retired }: Declared["pool"]) {
  if (holder !== undefined)
    return {
      why: `${holder} claims pool-${number} too`,
      remedy: "let one of the two claim another number, or leave its `database:` out for a project of its own",
    };
  if (retired.includes(number))
    return {
      why: `pool-${number} is retired: it has held another orchestra, and its number is never used again`,
      remedy: "claim another number, or leave `database:` out for a project of its own",
    };
  if (number <= max) return undefined;
  return {
    why: `No databases available in pool: pool-${number} lies beyond stagesub:pool.max, which is ${max}`,
    remedy: `claim a lower number, or raise stagesub:pool.max to ${number}`,
  };
}

function checkMissingUrls({ orchestras, adopted }: Declared, stack: string): ConfigProblem[] {
  const command = (id: string, key: string) => setSecretCommand(["stagesub:adopted", id, key], stack);
  return orchestras
    .filter(({ id, database }) => database?.kind === "adopted" && !adopted.some(({ key }) => key === id))
    .map(({ id }) => ({
      path: ["stagesub:orchestras", id, "database"],
      expected: `the adopted database's URLs under stagesub:adopted.${id}`,
      got: "no such entry",
      remedy: `${command(id, "url")}, then ${command(id, "direct")}`,
    }));
}

function checkAdopted({ orchestras, adopted, pool }: Declared): ConfigProblem[] {
  return adopted.flatMap(({ key }): ConfigProblem[] => {
    const base = { path: ["stagesub:adopted", key], atKey: true };
    const got = describeValue(key);
    if (isPoolName(key)) {
      const refusal = refuseNumber(readPoolNumber(key), pool.max);
      const expected = `a pool database up to pool-${pool.max}, as stagesub:pool.max says`;
      return refusal === undefined ? [] : [{ ...base, expected, got, ...refusal }];
    }
    const holder = orchestras.find(({ id }) => id === key);
    if (holder?.database?.kind === "adopted") return [];
    return [
      {
        ...base,
        expected: "the id of an orchestra with `database: adopted`, or a pool database such as pool-3",
        got: holder ? `${got}, whose database is not adopted` : `${got}, which is no orchestra of this stack`,
        why: "an adopted database that nobody uses is most often a slip in a name",
        remedy: holder
          ? `write \`database: adopted\` at ${key}, or remove this entry`
          : "remove this entry, or correct its name",
      },
    ];
  });
}

function refuseNumber(number: number | undefined, max: number) {
  if (number === undefined)
    return { why: "pool databases are counted from 1, without zeros in front", remedy: "write it like pool-1" };
  if (number <= max) return undefined;
  return {
    why: "an adopted database is one of the pool from here on, as a free one too",
    remedy: `adopt it under a lower number, or raise stagesub:pool.max to ${number}`,
  };
}

/** Compares where the URLs lead: two of them in one database, or one in the main database, would mix their data. */
function checkAddresses({ adopted, databaseUrl }: Declared, stack: string): ConfigProblem[] {
  const identify = (url = "") => {
    const address = readDatabaseAddress(url);
    return address && identifyAddress(address);
  };
  const holders = new Map([[identify(databaseUrl), "the main database"]]);
  return adopted.flatMap((entry) => {
    const places = (["url", "direct"] as const)
      .map((key) => ({ key, place: identify(entry[key]) }))
      .filter(({ place }) => place !== undefined);
    const taken = places.filter(({ place }) => holders.has(place));
    const findings = taken.map(({ key, place }) => refuseShared(entry.key, key, holders.get(place)!, stack));
    for (const { place } of places) if (!holders.has(place)) holders.set(place, `${entry.key}'s`);
    return [...findings, ...checkSameProject(entry, stack)];
  });
}

function refuseShared(entry: string, key: "url" | "direct", holder: string, stack: string): ConfigProblem {
  return {
    path: ["stagesub:adopted", entry, key],
    expected: "a database that nobody else uses",
    got: `a URL (not shown) that leads to the same database as ${holder}`,
    why: "an orchestra's data lives alone in its database",
    remedy: `${setSecretCommand(["stagesub:adopted", entry, key], stack)}, with the URL of a database of its own`,
  };
}

function checkSameProject({ key, url, direct }: AdoptedUrls, stack: string): ConfigProblem[] {
  const app = readDatabaseAddress(url ?? "")?.project;
  const owner = readDatabaseAddress(direct ?? "")?.project;
  if (app === undefined || owner === undefined || app === owner) return [];
  return [
    {
      path: ["stagesub:adopted", key, "direct"],
      expected: `a connection to the same Supabase project as stagesub:adopted.${key}.url (${app})`,
      got: `one to project ${owner}`,
      why: "migrations would run in one database while the app reads another",
      remedy: `${setSecretCommand(["stagesub:adopted", key, "direct"], stack)}, with that project's session connection`,
    },
  ];
}

/** Checks that only retired orchestras may be deleted. */
function checkReleases({ orchestras }: Declared): ConfigProblem[] {
  const hasty = orchestras.filter(({ retired, released }) => released && !retired);
  return hasty.map(({ id }) => ({
    path: ["stagesub:orchestras", id, "protect"],
    expected: "`protect: false` beside `state: retired` alone",
    got: "false at an orchestra that is not retired",
    why: "retiring backs its database up; without that its data would be lost",
    remedy: `remove the line, or retire it first: ./stagesub retire ${id}`,
  }));
}
