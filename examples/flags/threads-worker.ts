/** What a thread of `threads.ts` does: no coroutines, one thing after the other. */

import { saveFlag } from "./files.ts";
import { type Flag, FlagError, flagUrl, MOST_SILENCE } from "./flag.ts";

/**
 * Downloads a flag and saves it.
 *
 * @param stop one number in shared memory; the download is given up when it is not 0 and its waiters are notified
 * @throws FlagError for every way in which a server, the network or the disk can fail
 */
export async function downloadOne(base: string, folder: string, cc: string, stop: Int32Array): Promise<Flag> {
  const flag = await getFlag(flagUrl(base, cc), cc, signalOf(stop));
  saveFlag(folder, flag);
  return flag;
}

function signalOf(stop: Int32Array): AbortSignal {
  const controller = new AbortController();
  void Promise.resolve(Atomics.waitAsync(stop, 0, 0).value).then(() => controller.abort());
  return controller.signal;
}

async function getFlag(url: string, cc: string, stop: AbortSignal): Promise<Flag> {
  const started = performance.now();
  try {
    // Not a ClientSession: for one request a thread needs no pool of connections, and fetch is loaded sooner.
    const response = await fetch(url, { signal: AbortSignal.any([stop, AbortSignal.timeout(MOST_SILENCE)]) });
    if (!response.ok) {
      const message = `GET ${url}: the server answered ${response.status} ${response.statusText}`;
      throw new FlagError(cc, response.status === 404 ? "not found" : "error", message);
    }
    const image = new Uint8Array(await response.arrayBuffer());
    return { cc, image, ms: performance.now() - started };
  } catch (error) {
    if (error instanceof FlagError || !(error instanceof Error)) throw error;
    throw new FlagError(cc, "error", `GET ${url}: ${reasonOf(error)}`, { cause: error });
  }
}

/** What fetch says is "fetch failed"; its cause knows why. */
function reasonOf(error: Error): string {
  const { message, code } = (error.cause ?? error) as NodeJS.ErrnoException;
  return message || code || error.message;
}
