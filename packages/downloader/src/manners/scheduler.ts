import { type Coroutine, getRunningLoop } from "yieldfrom";
import type { Reason } from "../events.ts";
import { Lane, Line, type Linked } from "./lane.ts";
import { Sleepers } from "./sleepers.ts";
import { Timetable } from "./timetable.ts";

export interface SchedulerOptions<T = unknown> {
  /** Items under way at a time, in all: as many as there are workers. */
  readonly limit: number;
  /** Items under way at a time of one host. Default: `limit`. */
  readonly perHost?: number;
  /** Items held: waiting, delayed and under way. Default: 50 times `limit`, at least 1000. */
  readonly window?: number;
  /** Whether an item may be tried at another host too, so that it need not wait for one that is paused. Default: none may. */
  readonly elsewhere?: (item: T) => boolean;
}

function nowhere(): boolean {
  return false;
}

/** A timer that comes so many milliseconds late is nothing special. */
const LATE = 5;
/** Hosts without items that are remembered since they want patience. */
const MOST_REMEMBERED = 10_000;

/**
 * Stands between the one who reads the list and the workers.
 *
 * - **Bounded.** It holds at most `window` items: `add` waits while it is full.
 * - **Fair.** Each host has a lane, first in, first out. Lanes that have something for a worker are taken in turn; one that
 *   is paused, has its share of workers, or whose items wait for a later time, holds up none of the others.
 * - **Nothing is lost.** What `take` gives is a lease: it is given back as done, or to be tried again; one that is just
 *   dropped (`using`) counts as done. `take` gives null once the list has ended and no item is left, not even in the hands of
 *   another worker, since that one may give it back.
 *
 * An item that is to be tried again later holds no worker, but its place among the `window`. When all places are held by
 * items that wait, so does the reader, until the first one's time comes.
 */
export class Scheduler<T> {
  readonly window: number;
  private readonly _perHost: number;
  private readonly _elsewhere: (lease: Lease<T>) => boolean;
  private readonly _lanes = new Map<string, Lane<Lease<T>>>();
  /** Lanes that were ready when they were put here; one that is no longer is passed over. */
  private readonly _ready = new Line<Lane<Lease<T>>>();
  private readonly _later = new Timetable<Lease<T> | Lane<Lease<T>>>((what) => this._due(what));
  private readonly _workers = new Sleepers();
  private readonly _readers = new Sleepers();
  /** Lanes without items whose pause is on, oldest first. */
  private readonly _remembered = new Set<Lane<Lease<T>>>();
  /** A reader that found it full is woken when so many are left: it then adds a batch, not one. */
  private readonly _low: number;
  private _held = 0;
  private _ended = false;
  private _stopped = false;

  constructor(options: SchedulerOptions<T>) {
    const { limit, perHost = limit, window = Math.max(1000, 50 * limit), elsewhere = nowhere } = options;
    this.window = window;
    this._low = window - Math.max(1, window >> 3);
    this._perHost = Math.min(perHost, limit);
    this._elsewhere = (lease) => elsewhere(lease.item);
  }

  /** Items that it holds, those in the hands of workers included. */
  get held(): number {
    return this._held;
  }

  /** Hosts that it knows of now. */
  get hosts(): number {
    return this._lanes.size;
  }

  /** Whether `stop` was called. */
  get stopped(): boolean {
    return this._stopped;
  }

  /**
   * Adds an item at the end of its host's lane; waits while `window` items are held.
   * @param host what stands for the host: `host:port`, or the origin
   * @returns false if it was not added since `stop` was called
   */
  *add(item: T, host: string): Coroutine<boolean> {
    while (this._held >= this.window && !this._stopped) yield* this._readers.wait();
    if (this._stopped) return false;
    this._held++;
    const lane = this._laneOf(host);
    lane.fresh.push(new Lease(item, this, lane));
    this._offer(lane);
    return true;
  }

  /** No more items will come. */
  end(): void {
    this._ended = true;
    if (this._held === 0) this._workers.wakeAll();
  }

  /**
   * No more items are given out: `take` gives null, `add` adds nothing, and a lease's `again` is refused.
   * @returns the items that were held and are in nobody's hands
   */
  stop(): T[] {
    this._stopped = true;
    const left = this._later.clear().filter((what) => what instanceof Lease);
    for (const lease of left) lease._lane.delayed--;
    for (const lane of this._lanes.values()) {
      for (const line of [lane.again, lane.fresh]) {
        for (let lease = line.shift(); lease !== null; lease = line.shift()) left.push(lease);
      }
    }
    this._held -= left.length;
    this._workers.wakeAll();
    this._readers.wakeAll();
    return left.map((lease) => lease.item);
  }

  /** As `stop()`. No timer is left. */
  [Symbol.dispose](): void {
    this.stop();
  }

  /** Waits for an item that may be tried now. Null: there is none and will be none. */
  *take(): Coroutine<Lease<T> | null> {
    for (;;) {
      if (this._stopped) return null;
      const lease = this._next();
      if (lease !== null || (this._ended && this._held === 0)) return lease;
      // Whatever room there is, there's a worker for what comes.
      if (this._held < this.window) this._readers.wakeOne();
      yield* this._workers.wait();
    }
  }

  private _next(): Lease<T> | null {
    for (let lane = this._ready.shift(); lane !== null; lane = this._ready.shift()) {
      lane.queued = false;
      if (lane.closed !== null && getRunningLoop().time() >= lane.closedUntil) lane.closed = null;
      if (!lane.ready) continue;
      const lease = lane.take();
      lease._out();
      if (lane.pace.gap > 0 && !lane.paused) lease._holdsUpUntil = this._keepDistance(lane);
      if (lane.ready) this._queue(lane);
      if (this._ready.head !== null) this._workers.wakeOne();
      return lease;
    }
    return null;
  }

  private _keepDistance(lane: Lane<Lease<T>>): number {
    const { pace, opensAt } = lane;
    const now = getRunningLoop().time();
    if (now - opensAt > pace.gap / 2 + LATE) pace.notHeldUp();
    else this._pause(lane, now + pace.gap);
    return lane.opensAt;
  }

  private _queue(lane: Lane<Lease<T>>): void {
    lane.queued = true;
    this._ready.push(lane);
  }

  /** Something about the lane has changed: there may be something for a worker now. */
  private _offer(lane: Lane<Lease<T>>): void {
    if (lane.paused) this._awaitOpening(lane);
    if (lane.queued || !lane.ready) return;
    this._queue(lane);
    this._workers.wakeOne();
  }

  private _awaitOpening(lane: Lane<Lease<T>>): void {
    if (lane.opensAt <= getRunningLoop().time()) lane.paused = false;
    else if (lane.waiting && lane.opensAt < lane.timedAt) {
      lane.timedAt = lane.opensAt;
      this._later.put(lane.opensAt, lane);
    }
  }

  private _due(what: Lease<T> | Lane<Lease<T>>): void {
    if (what instanceof Lane) {
      what.timedAt = Number.POSITIVE_INFINITY;
      this._offer(what);
      return;
    }
    const lane = what._lane;
    lane.delayed--;
    lane.again.push(what);
    this._offer(lane);
  }

  private _laneOf(host: string): Lane<Lease<T>> {
    let lane = this._lanes.get(host);
    if (lane === undefined) {
      lane = new Lane(host, this._perHost, this._elsewhere);
      this._lanes.set(host, lane);
    } else if (this._remembered.size > 0) this._remembered.delete(lane);
    return lane;
  }

  /** @internal A lease is given back for good. */
  _release(lane: Lane<Lease<T>>): void {
    lane.active--;
    this._held--;
    if (lane.empty) this._leave(lane);
    else this._offer(lane);
    if (this._held <= this._low) this._readers.wakeOne();
    if (this._held > 0) return;
    for (const what of this._later.clear()) if (what instanceof Lane) what.timedAt = Number.POSITIVE_INFINITY;
    if (this._ended) this._workers.wakeAll();
  }

  /** @internal A lease is given back to be tried again in `delay` milliseconds, at that host. */
  _again(lane: Lane<Lease<T>>, item: T, delay: number, host: string): void {
    const next = host === lane.host ? lane : this._laneOf(host);
    const lease = new Lease(item, this, next);
    lane.active--;
    if (delay > 0) {
      next.delayed++;
      this._later.put(getRunningLoop().time() + delay, lease);
    } else next.again.push(lease);
    this._offer(next);
    if (lane.empty) this._leave(lane);
    else if (lane !== next) this._offer(lane);
  }

  /** @internal No item of the lane is given out before `until`. */
  _pause(lane: Lane<Lease<T>>, until: number): void {
    lane.opensAt = Math.max(lane.opensAt, until);
    lane.paused = true;
    this._offer(lane);
  }

  /** @internal No request went out for a lease that holds up the next one of its host until `until`. */
  _unused(lane: Lane<Lease<T>>, until: number): void {
    if (lane.opensAt !== until) return;
    lane.opensAt = getRunningLoop().time();
    this._offer(lane);
  }

  /** @internal The lane's host is not asked for anything before `until`. */
  _close(lane: Lane<Lease<T>>, until: number, reason: Reason): void {
    lane.closed = reason;
    lane.closedUntil = Math.max(lane.closedUntil, until);
    this._offer(lane);
  }

  /** The lane has no items any more. What is known of its host is kept while it matters, of some thousand hosts. */
  private _leave(lane: Lane<Lease<T>>): void {
    const now = lane.paused || lane.closed !== null ? getRunningLoop().time() : Number.POSITIVE_INFINITY;
    if (lane.opensAt <= now && lane.closedUntil <= now) {
      this._lanes.delete(lane.host);
      return;
    }
    this._remembered.add(lane);
    if (this._remembered.size <= MOST_REMEMBERED) return;
    for (const oldest of this._remembered) {
      this._remembered.delete(oldest);
      this._lanes.delete(oldest.host);
      break;
    }
  }
}

/** One item in the hands of a worker, to be given back once: the first of `done`, `again` and the end of its block counts. */
export class Lease<T> implements Linked<Lease<T>> {
  readonly item: T;
  /** @internal */ readonly _lane: Lane<Lease<T>>;
  /** @internal */ _next: Lease<T> | null = null;
  /** @internal It keeps the next request to its host waiting until then. */
  _holdsUpUntil = 0;
  private readonly _scheduler: Scheduler<T>;
  /** In which epoch of its host it was given out; -1 while it is in nobody's hands. */
  private _epoch = -1;
  private _isPaused = false;

  /** @internal */
  constructor(item: T, scheduler: Scheduler<T>, lane: Lane<Lease<T>>) {
    this.item = item;
    this._scheduler = scheduler;
    this._lane = lane;
  }

  /** @internal It is given to a worker. */
  _out(): void {
    const { pace, paused } = this._lane;
    this._epoch = pace.epoch;
    this._isPaused = paused;
  }

  /** The host, as it was given to `add`. */
  get host(): string {
    return this._lane.host;
  }

  /** How often in a row the host was slowed down without a request that went well. */
  get refusals(): number {
    return this._lane.pace.refusals;
  }

  /** For how many milliseconds. */
  get refusedFor(): number {
    const { pace } = this._lane;
    return pace.refusals === 0 ? 0 : getRunningLoop().time() - pace.refusedSince;
  }

  /** Whether its host is paused and not to be asked now: it is to be tried at another one (`elsewhere`). */
  get isPaused(): boolean {
    return this._isPaused;
  }

  /** Why the host is not to be asked now, so that the item is to be given up (`closeHost`); null: it may be asked. */
  get closed(): Reason | null {
    return this._lane.closed;
  }

  /** Nothing is left to be done, and the host has answered in a proper way: with the file, or that it has none. */
  done(): void {
    if (this._epoch < 0) return;
    this._lane.pace.succeeded(this._epoch);
    this._giveBack();
  }

  /** Nothing is left to be done, and no request was needed: as if it had not been given out. */
  unused(): void {
    if (this._epoch < 0) return;
    this._scheduler._unused(this._lane, this._holdsUpUntil);
    this._giveBack();
  }

  /**
   * It is tried again, by any worker, in `delay` milliseconds at the earliest.
   * @param host another one that it is tried at
   * @returns false if it is not, since the scheduler was stopped; it is then done
   */
  again(delay: number, host = this._lane.host): boolean {
    if (this._epoch < 0) return false;
    if (this._scheduler.stopped) {
      this._giveBack();
      return false;
    }
    this._epoch = -1;
    this._scheduler._again(this._lane, this.item, delay, host);
    return true;
  }

  /**
   * The host has refused the request, or no connection could be made: it gets half as many requests at a time from now on.
   * @param certain whether that is about the host; if not, it takes several
   * @returns whether the host is slowed down for it
   */
  refused(certain: boolean): boolean {
    const { pace, active } = this._lane;
    return this._epoch >= 0 && pace.slowDown(this._epoch, active, certain, getRunningLoop().time());
  }

  /** The host gets no request in the next `ms` milliseconds. */
  pauseHost(ms: number): void {
    if (this._epoch >= 0) this._scheduler._pause(this._lane, getRunningLoop().time() + ms);
  }

  /**
   * The host wants patience for longer than we have: for so many milliseconds its items are given out at once, with
   * `closed` saying why, so that they are given up without a request.
   */
  closeHost(ms: number, reason: Reason): void {
    if (this._epoch >= 0) this._scheduler._close(this._lane, getRunningLoop().time() + ms, reason);
  }

  /** As `done`, but tells nothing about the host. Nothing happens if it was given back already. */
  [Symbol.dispose](): void {
    if (this._epoch >= 0) this._giveBack();
  }

  private _giveBack(): void {
    this._epoch = -1;
    this._scheduler._release(this._lane);
  }
}
