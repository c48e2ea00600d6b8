import { constants } from "node:os";
import { leave, SIGNALS } from "./leave.ts";

/** What stopped a run. */
export class Stopped extends Error {
  override readonly name: string = "Stopped";
  /** As a shell reports it: 128 and the signal's number. */
  readonly exitCode: number;

  constructor(signal: NodeJS.Signals) {
    super(`stopped by ${signal}`);
    this.exitCode = 128 + constants.signals[signal];
  }
}

/**
 * Milliseconds in which the same signal once more is the same one: npm passes Ctrl-C on to what it runs, which has it from the
 * terminal already.
 */
const SAME = 300;

/**
 * Ctrl-C and its kin. The first one aborts `signal`, so that what is under way is put away in order; the second one leaves at
 * once.
 */
export class Interrupts implements Disposable {
  private readonly _stop = new AbortController();
  private _first: { readonly name: NodeJS.Signals; readonly at: number } | null = null;
  private readonly _onFirst: () => void;
  private readonly _onSecond: () => void;

  /** @param onSecond what is to be done before the process ends, such as to restore the terminal */
  constructor(onFirst: () => void, onSecond: () => void) {
    this._onFirst = onFirst;
    this._onSecond = onSecond;
    for (const name of SIGNALS) process.on(name, this._take);
  }

  /** Aborted with a `Stopped`. */
  get signal(): AbortSignal {
    return this._stop.signal;
  }

  /** Stops without a word; for what is no signal of the system. */
  stop(reason: Error): void {
    if (!this.signal.aborted) this._stop.abort(reason);
  }

  [Symbol.dispose](): void {
    for (const name of SIGNALS) process.off(name, this._take);
  }

  private readonly _take = (name: NodeJS.Signals): void => {
    const at = performance.now();
    if (this._first === null) {
      this._first = { name, at };
      this.stop(new Stopped(name));
      this._onFirst();
    } else if (name !== this._first.name || at - this._first.at > SAME) {
      this._onSecond();
      leave(new Stopped(name).exitCode);
    }
  };
}
