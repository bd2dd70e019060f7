import type { Declared } from "./declared.ts";
import type { Finding } from "../problem.ts";

/** Checks that only retired orchestras may be deleted. */
export function checkLifecycle({ orchestras }: Declared): Finding[] {
  const hasty = orchestras.filter(({ retired, released }) => released && !retired);
  return hasty.map(({ id }) => ({
    path: ["stagesub:orchestras", id, "protect"],
    about: "value",
    expected: "`protect: false` beside `state: retired` alone",
    got: "false at an orchestra that is not retired",
    why: "retiring backs its database up; without that its data would be lost",
    remedy: `remove the line, or retire it first: npm run orchestra -- retire ${id}`,
  }));
}
