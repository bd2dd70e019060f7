import { hostname, userInfo } from "node:os";

/** By whose hand: the account that started the job in CI, or `user@machine`. */
export function describeActor(env: NodeJS.ProcessEnv): string {
  // https://docs.github.com/en/actions/reference/workflows-and-actions/variables
  if (env["GITHUB_ACTIONS"] === "true") return `${env["GITHUB_ACTOR"]} by GitHub Actions`;
  // https://docs.gitlab.com/ci/variables/predefined_variables/
  if (env["GITLAB_CI"] === "true") return `${env["GITLAB_USER_LOGIN"]} by GitLab CI`;
  return `${userName()}@${hostname()}${env["CI"] ? " in CI" : ""}`;
}

/** In a container the user may have no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.()}`;
  }
}
