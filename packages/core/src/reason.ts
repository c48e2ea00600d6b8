/**
 * Why something was cancelled. Texts are made only if someone asks: most cancellations are never printed.
 *
 * A cancellation runs down a chain of tasks within one call, so the reason travels beside it in `asking` and not through
 * every signature: whoever cancels for a reason of its own sets it for the time of the call (`cancelFor`), and the future
 * at the end of the chain keeps it for the CancelledError it will give out.
 */
export class Reason {
  private readonly _what: string | (() => string);
  /** What this was a consequence of. */
  private readonly _because: Reason | undefined;

  constructor(what: string | (() => string), because?: Reason | undefined) {
    this._what = what;
    this._because = because;
  }

  /** The immediate reason first. */
  texts(): string[] {
    const own = this._text(typeof this._what === "string" ? this._what : this._what());
    return this._because === undefined ? [own] : [own, ...this._because.texts()];
  }

  /** @internal */
  protected _text(what: string): string {
    return what;
  }
}

/** The reason of the `cancel()` call under way; null if whoever called it gave none. */
export const asking: { reason: Reason | null } = { reason: null };

/** Cancels `target`, saying why. Returns what its `cancel()` does. */
export function cancelFor(reason: Reason, target: { cancel(message?: string): boolean }, message?: string): boolean {
  const before = asking.reason;
  asking.reason = reason;
  try {
    return target.cancel(message);
  } finally {
    asking.reason = before;
  }
}
