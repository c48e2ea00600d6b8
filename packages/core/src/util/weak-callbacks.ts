/**
 * Callbacks that are to be called at some end, each kept only as long as someone else keeps it: so it costs no memory when
 * those who wanted it are gone.
 *
 * References to collected callbacks are dropped whenever there are twice as many as the last time something was dropped; so
 * an `add` costs O(1) over time.
 */
export class WeakCallbacks {
  private readonly _all = new Set<WeakRef<() => void>>();
  private _sweepAbove = SMALL;

  /** References kept, those to collected callbacks included. */
  get size(): number {
    return this._all.size;
  }

  /** The returned reference is for `delete`. */
  add(fn: () => void): WeakRef<() => void> {
    if (this._all.size >= this._sweepAbove) this._sweep();
    const reference = new WeakRef(fn);
    this._all.add(reference);
    return reference;
  }

  delete(reference: WeakRef<() => void>): void {
    this._all.delete(reference);
  }

  /** Calls each in the order added, and forgets it. */
  callAll(): void {
    const all = [...this._all];
    this._all.clear();
    for (const reference of all) reference.deref()?.();
  }

  private _sweep(): void {
    for (const reference of this._all) if (reference.deref() === undefined) this._all.delete(reference);
    this._sweepAbove = Math.max(SMALL, this._all.size * 2);
  }
}

const SMALL = 64;
