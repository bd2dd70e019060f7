import pc from "picocolors";

/** Shows the progress of a preview on standard error: on a terminal in one line, elsewhere as a line every ten seconds. */
export function showProgress(stack: string): { update: (seen: number, changing: number) => void; end: () => void } {
  const { stderr } = process;
  const started = `Previewing ${stack} …`;
  const pause = stderr.isTTY ? 100 : 10_000;
  let last = Date.now();
  const write = (line: string) => stderr.write(pc.dim(stderr.isTTY ? `\r${line}` : `${line}\n`));
  write(started);
  return {
    update: (seen, changing) => {
      if (Date.now() - last < pause) return;
      last = Date.now();
      write(`${started} ${seen} resources, ${changing} with changes`);
    },
    end: () => {
      if (stderr.isTTY) stderr.write("\r\u001b[K");
    },
  };
}
