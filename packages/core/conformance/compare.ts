/** Setting the trace a program left against the one it should have left. */

const END = "(end of trace)";

/** The first line in which two traces differ, counted from 1, as one line of text; null if they are the same. */
export function firstDifference(expected: readonly string[], got: readonly string[]): string | null {
  const length = Math.max(expected.length, got.length);
  for (let i = 0; i < length; i++) {
    if (expected[i] !== got[i]) return `line ${i + 1}: expected ${expected[i] ?? END} / got ${got[i] ?? END}`;
  }
  return null;
}

/** Both traces in two columns, `!` before each line that differs. */
export function sideBySide(expected: readonly string[], got: readonly string[]): string {
  const width = Math.max("expected".length, ...expected.map((line) => line.length));
  const lines = [`       ${"expected".padEnd(width)}  got`];
  for (let i = 0; i < Math.max(expected.length, got.length); i++) {
    const mark = expected[i] === got[i] ? " " : "!";
    lines.push(`${mark} ${String(i + 1).padStart(4)} ${(expected[i] ?? "").padEnd(width)}  ${got[i] ?? ""}`.trimEnd());
  }
  return lines.join("\n");
}
