import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { readProgram } from "../../infra/util/runProgram.ts";

/** A real git repository that a test fills. */
export interface GitRepository {
  dir: string;
  git(...args: string[]): Promise<string>;
  write(file: string, text: string): Promise<void>;
  move(from: string, to: string): Promise<void>;
  remove(file: string): Promise<void>;
  /** Commits all files. */
  commit(): Promise<void>;
}

/** Makes a repository on branch `main` in a folder, or in a temporary one. The git settings of user and machine do not count. */
export async function makeRepository(folder?: string): Promise<GitRepository> {
  const dir = folder ?? (await mkdtemp(path.join(tmpdir(), "stagesub-git-")));
  const env = { PATH: process.env["PATH"], HOME: dir, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" };
  const who = ["-c", "user.name=Test", "-c", "user.email=test@example.se", "-c", "commit.gpgsign=false"];
  const git = async (...args: string[]) => (await readProgram("git", [...who, ...args], { cwd: dir, env })).trim();
  const at = (file: string) => path.join(dir, file);
  await git("init", "--quiet", "--initial-branch=main");
  return {
    dir,
    git,
    write: async (file, text) => {
      await mkdir(path.dirname(at(file)), { recursive: true });
      await writeFile(at(file), text);
    },
    move: (from, to) => rename(at(from), at(to)),
    remove: (file) => rm(at(file)),
    commit: async () => {
      await git("add", "--all", ".");
      await git("commit", "--quiet", "--allow-empty", "--message", "Next");
    },
  };
}
