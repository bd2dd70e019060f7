import picocolors from "picocolors";

export type Colours = ReturnType<typeof picocolors.createColors>;

/** The colours of standard output, and of standard error: each is a pipe or a terminal by itself. */
export const pc = picocolors.createColors(showsColours(process.stdout));
export const errorPc = picocolors.createColors(showsColours(process.stderr));
/** Text for a program, whatever the streams are. */
export const noColours = picocolors.createColors(false);

/** Follows NO_COLOR and TERM on a terminal; elsewhere only FORCE_COLOR asks for colours. */
function showsColours(stream: NodeJS.WriteStream): boolean {
  if (stream.isTTY) return stream.hasColors();
  return !["", "0", "false"].includes(process.env["FORCE_COLOR"] ?? "");
}
