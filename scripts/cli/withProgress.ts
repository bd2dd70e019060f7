import { errorPc } from "./colours.ts";

/** The screen that progress is shown on. */
export interface Screen {
  isTTY?: boolean;
  columns?: number;
  write(text: string): unknown;
}

/** Says what the work waits for from now on. A detail that changes often is shown with the next line. */
export type WaitFor = (what: string, detail?: string) => void;

/**
 * Shows while `work` runs what it waits for, and for how long: on a terminal in one line that changes each second, elsewhere as a line for
 * each new wait and every ten seconds of one.
 *
 * @param name of the work, such as "Previewing production"
 * @param first the first wait
 * @param work may say something in a line of its own
 */
export async function withProgress<T>(
  name: string,
  first: string,
  work: (waitFor: WaitFor, say: (text: string) => void) => Promise<T>,
  screen: Screen = process.stderr,
): Promise<T> {
  const started = Date.now();
  const clear = screen.isTTY ? "\r\u001b[K" : "";
  let now = "";
  const draw = () => {
    const line = `${name}, ${Math.round((Date.now() - started) / 1_000)} s: ${now}`;
    screen.write(screen.isTTY ? `${clear}${errorPc.dim(line.slice(0, (screen.columns || 80) - 1))}` : `${line}\n`);
  };
  let wait = "";
  const waitFor: WaitFor = (what, detail) => {
    now = detail === undefined ? what : `${what}, ${detail}`;
    if (what !== wait) draw();
    wait = what;
  };
  waitFor(first);
  const timer = setInterval(draw, screen.isTTY ? 1_000 : 10_000);
  try {
    return await work(waitFor, (text) => screen.write(`${clear}${text}\n`));
  } finally {
    clearInterval(timer);
    screen.write(clear);
  }
}
