/** What keeps the process alive: sockets, servers, timers, child processes. Node's names, `TCPSocketWrap` for one. */
declare const process: {
  getActiveResourcesInfo?(): string[];
  readonly stdout?: unknown;
  readonly stderr?: unknown;
};

/** The work that the host does to close something, or for us to look, is none that was left. */
const OUR_OWN = new Set(["Immediate", "CloseReq"]);

/** The program's own output streams are opened when they are first used: here, so that they are no news later. */
void [process.stdout, process.stderr];
const atImport = process.getActiveResourcesInfo?.() ?? [];

/**
 * The kinds of resources that are open now, one entry for each: `["TCPSocketWrap", "Timeout"]`. Those that don't keep the
 * process alive (`unref()`) are not among them.
 * @throws Error on a host that can't tell (only Node can)
 */
export function activeResources(): string[] {
  if (process.getActiveResourcesInfo === undefined) {
    throw new Error("activeResources() needs Node: no other host tells what is open");
  }
  return process.getActiveResourcesInfo().filter((name) => !OUR_OWN.has(name));
}

/**
 * Resolves with what is open and was not before: `[]` as soon as there is nothing, else what still is after a while.
 *
 * ```ts
 * const before = activeResources();
 * // … start servers, make requests, close everything …
 * console.log(await leftovers(before)); // → []
 * ```
 * @param before what `activeResources()` gave then; by default, when this module was imported
 * @param options.patience milliseconds for what is being closed, default 2,000; most of it needs a turn or two
 */
export async function leftovers(
  before: readonly string[] = atImport,
  { patience = 2000 }: { readonly patience?: number } = {},
): Promise<string[]> {
  const end = performance.now() + patience;
  for (;;) {
    await new Promise<void>((resolve) => void setImmediate(resolve));
    const left = beyond(activeResources(), before);
    if (left.length === 0 || performance.now() > end) return left;
  }
}

function beyond(now: readonly string[], before: readonly string[]): string[] {
  const known = [...before];
  return now.filter((name) => {
    const at = known.indexOf(name);
    if (at >= 0) known.splice(at, 1);
    return at < 0;
  });
}
