import { hostname, userInfo } from "node:os";

/** Returns the account that started the job in CI, or `user@machine`. */
export function describeActor(env: NodeJS.ProcessEnv): string {
  // https://docs.github.com/en/actions/reference/workflows-and-actions/variables
  if (env["GITHUB_ACTIONS"] === "true") return `${env["GITHUB_ACTOR"]} by GitHub Actions`;
  // https://docs.gitlab.com/ci/variables/predefined_variables/
  if (env["GITLAB_CI"] === "true") return `${env["GITLAB_USER_LOGIN"]} by GitLab CI`;
  return `${userName()}@${hostname()}${env["CI"] ? " in CI" : ""}`;
}

/** Returns the user's name, or the user id in a container where the user has no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.()}`;
  }
}
