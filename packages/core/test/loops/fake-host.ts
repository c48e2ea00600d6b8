import type { Host } from "../../src/host.ts";
import type { CodePlace } from "../../src/traceback.ts";

interface FakeTimer {
  readonly fn: () => void;
  readonly at: number;
}

/**
 * A host without time or I/O of its own. Nothing runs but in `run()`, and the clock moves only by `work()` and when
 * there is nothing to do but wait for a timer.
 */
export class FakeHost implements Host {
  time = 0;
  /** What the host would do next. */
  readonly microtasks: (() => void)[] = [];
  readonly macrotasks: (() => void)[] = [];
  readonly timers: FakeTimer[] = [];
  readonly idleListeners = new Set<() => void>();
  /** Times at which the host came round to its I/O. */
  readonly turns: number[] = [];
  /** Handlers of signals, by name. */
  readonly signals = new Map<string, () => void>();
  /** Reports, if they are expected; else one throws. */
  printed: string[] | null = null;
  /** The most timers that were set at one time, and how many in all. */
  mostTimers = 0;
  timersSet = 0;
  /** No timer waits longer than this in one go. */
  longestTimer = Number.POSITIVE_INFINITY;

  /** Something that takes that long runs on the one thread. */
  work(ms: number): void {
    this.time += ms;
  }

  now(): number {
    return this.time;
  }

  microtask(fn: () => void): void {
    this.microtasks.push(fn);
  }

  macrotask(fn: () => void): void {
    this.macrotasks.push(fn);
  }

  timer(fn: () => void, ms: number): () => void {
    if (!Number.isFinite(ms) || ms < 0) throw new RangeError(`a timer for ${ms} ms`);
    const timer = { fn, at: this.time + Math.min(ms, this.longestTimer) };
    this.timers.push(timer);
    this.timersSet++;
    this.mostTimers = Math.max(this.mostTimers, this.timers.length);
    return () => this._drop(timer);
  }

  onIdle(fn: () => void): () => void {
    this.idleListeners.add(fn);
    return () => void this.idleListeners.delete(fn);
  }

  onInterrupt(): undefined {}

  interrupt(): void {}

  onSignal(name: string, fn: () => void): () => void {
    if (!/^SIG[A-Z0-9]+$/.test(name)) throw new TypeError(`Unknown signal: ${name}`);
    this.signals.set(name, fn);
    return () => void this.signals.delete(name);
  }

  print(...parts: unknown[]): void {
    if (this.printed !== null) {
      this.printed.push(parts.map(String).join(" "));
      return;
    }
    throw new Error(`unexpected report: ${parts.map(String).join(" ")}`);
  }

  sourceLine(): string | undefined {
    return undefined;
  }

  whereIs(): CodePlace | undefined {
    return undefined;
  }

  /** One turn of the host: I/O, due timers, then the macrotasks that are waiting; microtasks after each of them. */
  turn(): void {
    this.drain();
    this.turns.push(this.time);
    for (const timer of this.timers.filter(({ at }) => at <= this.time)) {
      // A timer's callback may have taken another one back.
      if (this.timers.includes(timer)) this.fire(timer);
    }
    for (const fn of this.macrotasks.splice(0)) {
      fn();
      this.drain();
    }
  }

  /** Turns, as long as there is anything to do or to wait for, and it is not yet `until`. */
  run(until = Number.POSITIVE_INFINITY): void {
    for (;;) {
      this.drain();
      if (this.time >= until) return;
      if (this.macrotasks.length === 0) {
        const next = Math.min(...this.timers.map(({ at }) => at));
        if (next === Number.POSITIVE_INFINITY) return;
        this.time = Math.max(this.time, Math.min(next, until));
      }
      this.turn();
    }
  }

  /** `run`, and when nothing is left tells those who want to know. */
  runUntilIdle(): void {
    this.run();
    for (const fn of [...this.idleListeners]) fn();
    this.drain();
  }

  fire(timer: FakeTimer): void {
    this._drop(timer);
    timer.fn();
    this.drain();
  }

  drain(): void {
    for (let fn = this.microtasks.shift(); fn !== undefined; fn = this.microtasks.shift()) fn();
  }

  private _drop(timer: FakeTimer): void {
    const at = this.timers.indexOf(timer);
    if (at >= 0) this.timers.splice(at, 1);
  }
}

/** A thenable that settles by a microtask of the fake host, as a Promise does by one of the real host. */
export function soon<T>(host: FakeHost, value: T): PromiseLike<T> {
  return {
    // biome-ignore lint/suspicious/noThenProperty: being thenable is the point
    then(onResult) {
      host.microtask(() => void onResult?.(value));
      return this as never;
    },
  };
}
