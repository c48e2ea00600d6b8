/** Flags of Node that say what this process is to do, not how: a worker that took them over would do it again. */
const OF_THIS_RUN =
  /^(-[epcih]+|--(eval|print|check|interactive|input-type|test|watch|inspect|debug|run|build|experimental-sea|entry-url)\b.*)$/;

/** The flags that a worker process takes over from this one. `flags` is `process.execArgv`. */
export function inheritedFlags(flags: readonly string[]): string[] {
  const kept: string[] = [];
  let dropping = false;
  for (const flag of flags) {
    // What follows a flag without a dash is its value.
    if (flag.startsWith("-")) dropping = OF_THIS_RUN.test(flag);
    if (!dropping) kept.push(flag);
  }
  return kept;
}
