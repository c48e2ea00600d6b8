/** Something taken that must be given back. */
interface Releasable {
  release(): void;
}

/**
 * What `yield* lock` and `yield* semaphore` give: releases at the end of the block.
 *
 * ```ts
 * using _held = yield* lock;
 * ```
 */
export class Guard {
  declare protected _held: Releasable | null;

  constructor(held: Releasable) {
    this._held = held;
  }

  /** Releases, once; later calls do nothing. */
  [Symbol.dispose](): void {
    const held = this._held;
    this._held = null;
    held?.release();
  }
}
