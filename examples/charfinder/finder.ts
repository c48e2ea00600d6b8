import { ThreadPoolExecutor, workerModule } from "@yieldfrom/executors";
import { type Awaitable, getRunningLoop } from "yieldfrom";
import type { Findings } from "./char-index.ts";

const thread = workerModule<typeof import("./finder-thread.ts")>(new URL("./finder-thread.ts", import.meta.url));

/** Finds characters, as `CharIndex.find` does. */
export type Find = (query: string, start?: number, most?: number) => Awaitable<Findings>;

/**
 * Finds characters in a thread of its own: making the index takes some tenths of a second, and the event loop has others
 * to serve. The index stays there, since to receive a copy would hold up the loop too; only what is found comes over.
 */
export class Finder implements AsyncDisposable {
  // A second thread would make a second index.
  private readonly _pool = new ThreadPoolExecutor({ maxWorkers: 1 });

  readonly find: Find = (query, start, most) =>
    getRunningLoop().runInExecutor(this._pool, thread.find, query, start, most);

  /** Waits until the index is made, and says of how many characters. */
  count(): Awaitable<number> {
    return getRunningLoop().runInExecutor(this._pool, thread.count);
  }

  /** Ends the thread. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this._pool.shutdown();
  }
}
