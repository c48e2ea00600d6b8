/** Where the caller stands, `lines` further down: `file:line`, the file as the library prints it, a path if it is local. */
export function place(lines = 0): string {
  const at = /(?:file:\/\/)?([^\s()]+):(\d+):\d+\)?$/.exec(new Error().stack?.split("\n")[2] ?? "");
  if (at === null) throw new Error("the stack has no file");
  return `${at[1]}:${Number(at[2]) + lines}`;
}
