/**
 * Time for examples: when nothing goes on in the process, the clock jumps to the next timer. So an hour of `sleep` takes
 * no time, and what a program prints about time is the same each time.
 *
 * To be imported before anything that takes hold of the host's timers.
 */

/** Turns of the host without any event, after which nothing is taken to be going on. With sockets it takes a few more. */
const QUIET = 3;
const QUIET_WITH_SOCKETS = 60;
/** What a look at the clock takes, in milliseconds; a loop that never waits must see time pass. */
const LOOK = 0.001;
/** What keeps a process alive, but gives no event until somebody does something. */
const PASSIVE = new Set(["TTYWrap", "PipeWrap", "TCPServerWrap", "TCPSocketWrap"]);

const { setImmediate } = globalThis;
let now = 0;
let count = 0;
let pumping = false;
let quiet = 0;
const timers = new Set<Timer>();
const started = Date.UTC(2026, 0, 1);

class Timer {
  readonly fn: () => void;
  readonly ms: number;
  readonly repeats: boolean;
  at = 0;
  number = 0;
  refed = true;

  constructor(fn: () => void, ms: number, repeats: boolean) {
    this.fn = fn;
    this.ms = Math.max(1, Number.isFinite(ms) ? ms : 1);
    this.repeats = repeats;
    this.refresh();
  }

  refresh(): this {
    this.at = now + this.ms;
    this.number = ++count;
    timers.add(this);
    pump();
    return this;
  }

  ref(): this {
    this.refed = true;
    pump();
    return this;
  }

  unref(): this {
    this.refed = false;
    return this;
  }

  hasRef(): boolean {
    return this.refed;
  }

  close(): this {
    timers.delete(this);
    return this;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** Drops what a program has left behind. */
export function forgetTimers(): void {
  timers.clear();
}

function pump(): void {
  if (pumping) return;
  for (const timer of timers) {
    if (!timer.refed) continue;
    pumping = true;
    quiet = 0;
    setImmediate(turn);
    return;
  }
}

function turn(): void {
  const active = process.getActiveResourcesInfo();
  quiet = active.every((name) => PASSIVE.has(name)) ? quiet + 1 : 0;
  const enough = active.includes("TCPSocketWrap") ? QUIET_WITH_SOCKETS : QUIET;
  const next = [...timers].sort((a, b) => a.at - b.at || a.number - b.number)[0];
  const isDue = next !== undefined && next.at <= now;
  if (quiet < enough && !isDue) {
    setImmediate(turn);
    return;
  }
  pumping = false;
  if (next !== undefined) {
    now = Math.max(now, next.at);
    timers.delete(next);
    if (next.repeats) next.refresh();
    try {
      next.fn();
    } finally {
      pump();
    }
  }
}

const make =
  (repeats: boolean) =>
  (fn: (...args: unknown[]) => void, ms = 1, ...args: unknown[]) =>
    new Timer(() => fn(...args), ms, repeats);
const clear = (timer: unknown) => void (timer instanceof Timer && timer.close());

Object.assign(globalThis, {
  setTimeout: make(false),
  setInterval: make(true),
  clearTimeout: clear,
  clearInterval: clear,
});
performance.now = () => {
  now += LOOK;
  return now;
};
Date.now = () => started + Math.floor(now);
