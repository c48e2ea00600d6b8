import { type Coroutine, type Future, getRunningLoop } from "yieldfrom";

/** How a place is waited for: so that closing the connector can interrupt it. */
export interface Waiting {
  wait<T>(future: Future<T>): Coroutine<T>;
}

/** Somebody in a line. `true` gives a place; `false` says to look again. */
interface Waiter {
  readonly told: Future<boolean>;
  previous: Waiter | null;
  following: Waiter | null;
}

/** Those who want a place of one host, first come first served. */
export class Line {
  /** @internal Places of this host that are taken. */
  taken = 0;
  /** @internal */
  first: Waiter | null = null;
  /** @internal */
  last: Waiter | null = null;
}

/**
 * How many connections may be in use: to all hosts together, and to each. Source: aiohttp `BaseConnector`.
 *
 * P1. Within a line places are given to who came first.
 * P2. Lines take turns: who has got a place goes to the end. So one host with a thousand waiters does not hold up
 *     another's first. (aiohttp draws lots.)
 * P3. A line is in `_turns` if, and only if, it has waiters and its host has places left. Between two calls there is no
 *     free place while there is such a line.
 */
export class Places {
  private readonly _limit: number;
  private readonly _limitPerHost: number;
  private _taken = 0;
  private readonly _turns = new Set<Line>();

  /** @param limit, limitPerHost 0 for none */
  constructor(limit: number, limitPerHost: number) {
    this._limit = limit === 0 ? Number.POSITIVE_INFINITY : limit;
    this._limitPerHost = limitPerHost === 0 ? Number.POSITIVE_INFINITY : limitPerHost;
  }

  /** Takes a place if there is one. By P3, nobody waits for it then. */
  takeNowait(line: Line): boolean {
    if (this._taken >= this._limit || line.taken >= this._limitPerHost) return false;
    this._taken++;
    line.taken++;
    return true;
  }

  /** Waits for a place and takes it: true; or, false, is asked to look again, see `tellAll`. */
  *take(line: Line, waiting: Waiting): Coroutine<boolean> {
    if (this.takeNowait(line)) return true;
    const waiter: Waiter = { told: getRunningLoop().createFuture<boolean>(), previous: line.last, following: null };
    if (line.last === null) line.first = waiter;
    else line.last.following = waiter;
    line.last = waiter;
    if (line.taken < this._limitPerHost) this._turns.add(line);
    try {
      return yield* waiting.wait(waiter.told);
    } catch (error) {
      const { told } = waiter;
      // It was cancelled in the moment in which it was told.
      if (told.done() && !told.cancelled() && told.exception() === null) {
        if (told.result()) this.give(line);
      } else {
        this._leave(line, waiter);
      }
      throw error;
    }
  }

  /** Gives a place back; who waits longest gets it at once. */
  give(line: Line): void {
    this._taken--;
    line.taken--;
    if (line.first !== null) this._turns.add(line);
    while (this._turns.size > 0 && this._taken < this._limit) this._handOut();
  }

  /** Has all in this line look again: something else than a place has come for them. */
  tellAll(line: Line): void {
    for (let waiter = line.first; waiter !== null; waiter = line.first) {
      this._leave(line, waiter);
      if (!waiter.told.done()) waiter.told.setResult(false);
    }
  }

  /** As `tellAll`, the first only. */
  tellFirst(line: Line): void {
    for (let waiter = line.first; waiter !== null; waiter = line.first) {
      this._leave(line, waiter);
      if (waiter.told.done()) continue;
      waiter.told.setResult(false);
      return;
    }
  }

  private _handOut(): void {
    const [line] = this._turns as unknown as [Line];
    this._turns.delete(line);
    for (let waiter = line.first; waiter !== null; waiter = line.first) {
      this._leave(line, waiter);
      if (waiter.told.done()) continue; // Cancelled, and about to leave.
      this._taken++;
      line.taken++;
      waiter.told.setResult(true);
      break;
    }
    if (line.first !== null && line.taken < this._limitPerHost) this._turns.add(line);
  }

  /** Takes a waiter out of its line, if it is in it. */
  private _leave(line: Line, waiter: Waiter): void {
    const { previous, following } = waiter;
    if (previous === null && line.first !== waiter) return;
    if (previous === null) line.first = following;
    else previous.following = following;
    if (following === null) line.last = previous;
    else following.previous = previous;
    waiter.previous = null;
    waiter.following = null;
    if (line.first === null) this._turns.delete(line);
  }
}
