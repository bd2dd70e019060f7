import pc from "picocolors";

/** Says on standard error how far a preview is: on a terminal in one line, elsewhere now and then. */
export function showProgress(stack: string): { update: (seen: number, changing: number) => void; end: () => void } {
  const { stderr } = process;
  const started = `Looking at what would change in ${stack} …`;
  const pause = stderr.isTTY ? 100 : 10_000;
  let last = Date.now();
  stderr.write(pc.dim(stderr.isTTY ? started : `${started}\n`));
  return {
    update: (seen, changing) => {
      if (Date.now() - last < pause) return;
      last = Date.now();
      const line = `${started} ${seen} resources, ${changing} with changes`;
      stderr.write(pc.dim(stderr.isTTY ? `\r${line}` : `${line}\n`));
    },
    end: () => {
      if (stderr.isTTY) stderr.write("\r\u001b[K");
    },
  };
}
