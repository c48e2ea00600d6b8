import {
  type Coroutine,
  getRunningLoop,
  Lock,
  Queue,
  QueueEmpty,
  QueueFull,
  Semaphore,
  sleep,
  type Task,
  TimeoutError,
  timeout,
  waitFor,
} from "yieldfrom";
import type { Op } from "./script.ts";

type Hold = Extract<Op, { form: unknown }>;

/** One who came for a lock or permit, until it is served or gives up. */
interface Arrival {
  readonly task: number;
  /** Loop time at which its own timeout takes it away, in milliseconds. */
  readonly until: number;
  /** It was cancelled, so others may be served before it. */
  excused: boolean;
}

/** A lock or a semaphore, with who is in and who waits. */
class Place {
  readonly it: Lock | Semaphore;
  inside = 0;
  readonly line: Arrival[] = [];
  readonly most: number;

  constructor(it: Lock | Semaphore, most: number) {
    this.it = it;
    this.most = most;
  }
}

class BodyError extends Error {}

/**
 * The books that are kept beside a lock, a semaphore and a queue while tasks use them, in the simplest way there is:
 *
 * 1. never are more inside than there are places;
 * 2. places are given in the order of arrival, save to those who were cancelled or ran out of time;
 * 3. items come out as they went in, each once, and what was not got is still there;
 * 4. at rest nobody waits for what is to be had;
 * 5. at the end everything is as at the start.
 */
export class Ledger {
  readonly problems: string[] = [];
  private readonly _lock = new Place(new Lock(), 1);
  private readonly _semaphore: Place;
  private readonly _queue: Queue<number>;
  private readonly _put: number[] = [];
  private readonly _got: number[] = [];
  private _items = 0;
  /** Tasks that cancelled themselves and have not waited since. */
  private readonly _toHear = new Set<number>();
  /** What each task waits for in the queue. */
  private readonly _waiting = new Map<number, "put" | "get">();

  constructor(permits: number, maxSize: number) {
    this._semaphore = new Place(new Semaphore(permits), permits);
    this._queue = new Queue(maxSize);
  }

  wrong(problem: string): void {
    this.problems.push(problem);
  }

  /** Whether the script itself makes such errors. */
  expects(error: unknown): boolean {
    return (
      error instanceof TimeoutError ||
      error instanceof BodyError ||
      error instanceof QueueEmpty ||
      error instanceof QueueFull
    );
  }

  /** The task was cancelled; one that did that itself will hear of it at its next wait. */
  excuse(task: number, byItself: boolean): void {
    if (byItself) this._toHear.add(task);
    for (const { line } of [this._lock, this._semaphore]) {
      for (const arrival of line) if (arrival.task === task) arrival.excused = true;
    }
  }

  /** The task got its CancelledError. */
  heard(task: number): void {
    this._toHear.delete(task);
  }

  *hold(task: number, op: Hold): Coroutine<void> {
    const body = () => this._stay(op);
    if (op.op === "lock") yield* this._within(this._lock, task, op, body);
    else if (op.op === "semaphore") yield* this._within(this._semaphore, task, op, body);
    else yield* this._within(this._lock, task, op, () => this._within(this._semaphore, task, op, body));
  }

  *put(task: number, limit: number | null): Coroutine<void> {
    const item = this._items++;
    this._waiting.set(task, "put");
    try {
      yield* timeout(limit, () => this._queue.put(item));
      this._put.push(item);
    } finally {
      this._waiting.delete(task);
    }
  }

  putNowait(): void {
    const item = this._items++;
    this._queue.putNowait(item);
    this._put.push(item);
  }

  *get(task: number, limit: number | null): Coroutine<void> {
    this._waiting.set(task, "get");
    try {
      this._got.push(yield* timeout(limit, () => this._queue.get()));
    } finally {
      this._waiting.delete(task);
    }
  }

  getNowait(): void {
    this._got.push(this._queue.getNowait());
  }

  /** Rule 4. */
  checkWhoWaits(tasks: readonly Task<void>[]): void {
    for (const [me, task] of tasks.entries()) {
      if (task.done()) continue;
      const what = this._waiting.get(me);
      const rightly = what === "get" ? this._queue.empty() : what === "put" && this._queue.full();
      if (!rightly) this.wrong(`${task} waits for ever while there is ${this._queue}`);
    }
  }

  /** Rules 3 and 5. */
  *checkEnd(): Coroutine<void> {
    const left: number[] = [];
    const printed = String(this._queue);
    while (!this._queue.empty()) left.push(this._queue.getNowait());
    if (!/getters=0 putters=0>$/.test(printed)) this.wrong(`left as ${printed}`);
    if ([...this._got, ...left].join() !== this._put.join()) {
      this.wrong(`put ${this._put}, got ${this._got}, left ${left}`);
    }
    for (const { it, inside, line, most } of [this._lock, this._semaphore]) {
      const free = it instanceof Lock ? "<Lock unlocked>" : `<Semaphore unlocked value=${most}>`;
      if (String(it) !== free || inside > 0 || line.length > 0) this.wrong(`left as ${it}, ${inside} inside`);
      for (let place = 0; place < most && !it.locked(); place++) yield* it.acquire();
      if (!it.locked()) this.wrong(`${it} has more places than at the start`);
    }
  }

  private *_stay(op: Hold): Coroutine<void> {
    yield* sleep(op.ms);
    if (op.throws) throw new BodyError("as the script says");
  }

  private *_within(place: Place, task: number, op: Hold, body: () => Coroutine<void>): Coroutine<void> {
    const until = op.limit === null ? Number.POSITIVE_INFINITY : getRunningLoop().time() + op.limit;
    const arrival: Arrival = { task, until, excused: this._toHear.has(task) };
    place.line.push(arrival);
    try {
      switch (op.form) {
        case "using": {
          using _held = yield* timeout(op.limit, () => place.it);
          yield* this._inside(place, arrival, body);
          break;
        }
        case "waitFor": {
          using _held = yield* waitFor(place.it, op.limit);
          yield* this._inside(place, arrival, body);
          break;
        }
        case "acquire":
          yield* timeout(op.limit, () => place.it.acquire());
          try {
            yield* this._inside(place, arrival, body);
          } finally {
            place.it.release();
          }
      }
    } finally {
      this._leaveLine(place, arrival);
    }
  }

  /** Rules 1 and 2. */
  private *_inside(place: Place, arrival: Arrival, body: () => Coroutine<void>): Coroutine<void> {
    const now = getRunningLoop().time();
    for (const other of place.line) {
      if (other === arrival) break;
      if (!other.excused && other.until > now) this.wrong(`task ${arrival.task} passed ${other.task} at ${place.it}`);
    }
    this._leaveLine(place, arrival);
    if (++place.inside > place.most) this.wrong(`${place.inside} are inside of ${place.it}`);
    try {
      yield* body();
    } finally {
      place.inside--;
    }
  }

  private _leaveLine(place: Place, arrival: Arrival): void {
    const index = place.line.indexOf(arrival);
    if (index >= 0) place.line.splice(index, 1);
  }
}
