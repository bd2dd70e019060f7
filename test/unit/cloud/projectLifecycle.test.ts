import { expect, it } from "vitest";

import { pauseProject, restoreProject } from "../../../infra/cloud/projectLifecycle.ts";
import { json, serveApi } from "../../support/serveApi.ts";

const ref = "abcdefghijklmnopqrst";
const refusal = json(400, { message: "not now" });
const accepted = json(200, {});

/** A project's statuses as the API shows them, with its answers to a request; real time limits are not reached here. */
it.each([
  ["pauses a running project", pauseProject, ["ACTIVE_HEALTHY", accepted, "PAUSING", "INACTIVE"], undefined],
  ["waits for a pause that has begun", pauseProject, ["PAUSING", "INACTIVE"], undefined],
  [
    "asks once, though the status lags",
    pauseProject,
    ["ACTIVE_HEALTHY", accepted, "ACTIVE_HEALTHY", "INACTIVE"],
    undefined,
  ],
  [
    "tells a refusal to pause",
    pauseProject,
    ["ACTIVE_HEALTHY", refusal, "ACTIVE_HEALTHY"],
    "goes on running, and costing: .*not now",
  ],
  [
    "forgives a refusal where the pause has begun",
    pauseProject,
    ["ACTIVE_HEALTHY", refusal, "PAUSING", "INACTIVE"],
    undefined,
  ],
  ["tells a pause that failed", pauseProject, ["PAUSING", "PAUSE_FAILED"], "is stuck \\(PAUSE_FAILED\\)"],
  [
    "restores a paused project",
    restoreProject,
    ["PAUSING", "INACTIVE", accepted, "COMING_UP", "ACTIVE_HEALTHY"],
    undefined,
  ],
  ["leaves a working project", restoreProject, ["ACTIVE_HEALTHY"], undefined],
  ["tells a refusal to restore", restoreProject, ["INACTIVE", refusal, "INACTIVE"], "stays paused: .*not now"],
  ["tells a restoration that failed", restoreProject, ["INACTIVE", accepted, "RESTORE_FAILED"], "is stuck"],
  ["takes a deleted project for done", restoreProject, [json(404, {})], undefined],
] as const)("%s", async (_, change, answers, reason) => {
  const { access, requests } = await serveApi(
    ...answers.map((answer) =>
      typeof answer === "string" ? json(200, { name: "production-malmo", status: answer }) : answer,
    ),
  );
  const told = await change(access, ref);
  if (reason === undefined) expect(told).toBeUndefined();
  else expect(told).toMatch(new RegExp(`^Supabase project production-malmo \\(${ref}\\) ${reason}`));
  expect(requests).toHaveLength(answers.length);
});
