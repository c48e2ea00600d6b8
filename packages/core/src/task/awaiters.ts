import { type DoneCallback, Future } from "../future.ts";
import { Handle } from "../loop/handle.ts";
import type { EventLoop } from "../loops/event-loop.ts";
import { Task } from "./task.ts";

/**
 * Who waits for whom, for call graphs and reports. A task that waits is among the waiters of its future, so its edge
 * needs no book-keeping; a callback that some future or task depends on says so by a mark on itself; and task classes
 * of others may add edges by hand.
 */
interface Marked {
  _awaiter?: Future<unknown>;
}
const addedByHand = new WeakMap<Future<unknown>, Set<Future<unknown>>>();

/** Marks a done callback: `awaiter` waits for whatever it is added to. */
export function onBehalfOf<C extends DoneCallback<never>>(awaiter: Future<unknown> | null, callback: C): C {
  if (awaiter !== null) (callback as Marked)._awaiter = awaiter;
  return callback;
}

/** The tasks and futures that wait for `future`, in the order in which they came. */
export function awaitersOf(future: Future<unknown>): Future<unknown>[] {
  const waiters = future._waiters === undefined ? [] : [future._waiters].flat();
  const found = waiters.flatMap((waiter) => {
    if (waiter instanceof Task) return [waiter as Future<unknown>];
    const marked = waiter instanceof Handle ? (waiter._callback as Marked | null) : waiter;
    return marked?._awaiter ? [marked._awaiter] : [];
  });
  return [...new Set([...found, ...(addedByHand.get(future) ?? [])])];
}

/**
 * Says that `waiter` waits for `future`, for call graphs; what the library's own futures wait for is known without.
 * Source: asyncio `future_add_to_awaited_by`.
 */
export function futureAddToAwaitedBy(future: Future<unknown>, waiter: Future<unknown>): void {
  const set = addedByHand.get(future);
  if (set === undefined) addedByHand.set(future, new Set([waiter]));
  else set.add(waiter);
}

/** Takes that back. Source: asyncio `future_discard_from_awaited_by`. */
export function futureDiscardFromAwaitedBy(future: Future<unknown>, waiter: Future<unknown>): void {
  addedByHand.get(future)?.delete(waiter);
}

/** A future that is done when others are, in a way that its maker decides; reports can tell which. */
export class Joining<T> extends Future<T> {
  private readonly _others: Iterable<Future<unknown>>;

  /** @param others read when a report is made, so it may change meanwhile */
  constructor(loop: EventLoop, others: Iterable<Future<unknown>>) {
    super(loop._plain);
    this._others = others;
  }

  override _blockers(): Task<unknown>[] {
    return blockersAmong(this._others);
  }
}

/** The tasks that those of `futures` that are pending wait for, or are. */
export function blockersAmong(futures: Iterable<Future<unknown>>): Task<unknown>[] {
  return [...futures].flatMap((future) => (future.done() ? [] : future._blockers()));
}
