import type { Declared } from "./declared.ts";
import { describeValue } from "../describeValue.ts";
import { nearestMatch, suggestNearest } from "../nearestMatch.ts";
import type { ConfigProblem, PathSegment } from "../problem.ts";

/** An orchestra's place in the rollout. */
interface Place {
  path: PathSegment[];
  /** The part of the rollout that holds the place, such as "the canary". */
  stage: string;
  id: string;
}

/** Checks that each orchestra has one place in the rollout, and that migrations reach it there. */
export function checkRollout({ orchestras, rollout }: Declared, stack: string): ConfigProblem[] {
  const waves = rollout.waves.map((ids, index) => ({ path: ["waves", index], stage: `wave ${index + 1}`, ids }));
  const stages = [{ path: ["canary"], stage: "the canary", ids: rollout.canary }, ...waves];
  const places = stages.flatMap(({ path, stage, ids }) =>
    ids.map((id, index) => ({ path: ["stagesub:rollout", ...path, index], stage, id })),
  );
  const named = places.filter(({ id }) => id !== "");
  const ids = orchestras.map(({ id }) => id);
  const retired = new Set(orchestras.filter((orchestra) => orchestra.retired).map(({ id }) => id));
  return [
    ...waves.filter(({ ids }) => ids.length === 0).map(refuseEmptyWave),
    ...named.filter(({ id }) => !ids.includes(id)).map((place) => refuseUnknown(place, ids)),
    ...named.filter(({ id }) => retired.has(id)).map(refuseRetired),
    ...refuseSecondPlaces(named),
    ...(rollout.staging.stack === stack ? [refuseOwnProof(stack)] : []),
  ];
}

function refuseEmptyWave({ path }: { path: PathSegment[] }): ConfigProblem {
  return {
    path: ["stagesub:rollout", ...path],
    expected: "a wave of at least one orchestra",
    got: "an empty list",
    remedy: "name an orchestra in it, or remove the wave",
  };
}

function refuseUnknown({ path, id }: Place, ids: string[]): ConfigProblem {
  return {
    path,
    expected: "the id of an orchestra of this stack",
    got: `${describeValue(id)}, which is none`,
    ...suggestNearest(nearestMatch(id, ids), "write", "remove it, or declare that orchestra"),
  };
}

function refuseRetired({ path, stage, id }: Place): ConfigProblem {
  return {
    path,
    expected: "an orchestra that migrations reach",
    got: `"${id}", whose state is retired`,
    ...(stage === "the canary" && { why: "a canary that no migration reaches protects nobody" }),
    remedy: "name another orchestra, or remove it here",
  };
}

function refuseSecondPlaces(places: Place[]): ConfigProblem[] {
  const first = new Map<string, Place>();
  for (const place of places) if (!first.has(place.id)) first.set(place.id, place);
  return places
    .filter((place) => first.get(place.id) !== place)
    .map(({ path, id }) => ({
      path,
      expected: "each orchestra once, in the canary or in one wave",
      got: `${describeValue(id)}, which is in ${first.get(id)!.stage} already`,
      why: "a migration reaches a database once",
      remedy: "remove it in one of the two places",
    }));
}

function refuseOwnProof(stack: string): ConfigProblem {
  return {
    path: ["stagesub:rollout", "staging", "stack"],
    expected: "the name of another stack of this program",
    got: `${describeValue(stack)}, which is this one`,
    why: "a stack proves nothing to itself",
    remedy: "name the stack that gets migrations first, such as staging",
  };
}
