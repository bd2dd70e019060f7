import { open, readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

/** Returns the last lines of a file; none if there is no file. */
export async function readLastLines(file: string, lines: number): Promise<string[]> {
  const text = await readFile(file, "utf8").catch(() => "");
  return text.trimEnd().split("\n").filter(Boolean).slice(-lines);
}

/** Passes on text appended to a file from now on, even when the file appears later or is put aside for a new one. Never ends by itself. */
export async function followLog(file: string, write: (text: string) => void, signal?: AbortSignal): Promise<void> {
  let position = (await readChunk(file, 0)).end;
  while (!signal?.aborted) {
    const { text, end } = await readChunk(file, position);
    if (text) write(text);
    position = end;
    await sleep(300);
  }
}

async function readChunk(file: string, from: number): Promise<{ text: string; end: number }> {
  const handle = await open(file).catch(() => undefined);
  if (!handle) return { text: "", end: 0 };
  try {
    const { size } = await handle.stat();
    // A file shorter than before is a new one.
    const start = size < from ? 0 : from;
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - start), 0, size - start, start);
    return { text: buffer.subarray(0, bytesRead).toString("utf8"), end: start + bytesRead };
  } finally {
    await handle.close();
  }
}
