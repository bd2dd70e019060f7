import type { Declared } from "./declared.ts";
import type { Finding } from "./problem.ts";

/** Checks that only what is retired may be deleted, and that migrations do not first reach what they no longer reach. */
export function checkLifecycle({ orchestras, canary }: Declared): Finding[] {
  const hasty = orchestras.filter(({ retired, released }) => released && !retired);
  const retired = new Set(orchestras.filter((orchestra) => orchestra.retired).map(({ id }) => id));
  return [
    ...hasty.map(({ id }) => ({
      path: ["stagesub:orchestras", id, "protect"],
      about: "value" as const,
      expected: "`protect: false` beside `state: retired` alone",
      got: "false at an orchestra that is not retired",
      why: "retiring backs its database up; without that its data would be lost",
      remedy: `remove the line, or retire it first: npm run orchestra -- retire ${id}`,
    })),
    ...canary.flatMap((id, index) =>
      retired.has(id)
        ? [
            {
              path: ["stagesub:rollout", "canary", index],
              about: "value" as const,
              expected: "an orchestra that migrations reach",
              got: `"${id}", whose state is retired`,
              why: "a canary that no migration reaches protects nobody",
              remedy: "name another orchestra, or remove it here",
            },
          ]
        : [],
    ),
  ];
}
