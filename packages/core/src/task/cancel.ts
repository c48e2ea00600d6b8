import { CancelledError } from "../errors.ts";
import { Future } from "../future.ts";
import { EMPTY } from "../loop/current.ts";
import { Handle } from "../loop/handle.ts";
import { noteCancelled } from "./swallowed.ts";
import { MUST_CANCEL, Task } from "./task.ts";
import { reasonNow } from "./why.ts";

/**
 * Asks a pending task to stop, by cancelling what it waits for; if that is a task too, by what that one waits for, and so
 * on. Walked and not recursed, since chains of tasks can be longer than the stack is deep.
 *
 * Tasks that wait for each other in a circle have no end to begin with (CPython: RecursionError). There the wait of the
 * last one is broken, and the others follow from it.
 */
export function cancelChain(task: Task<unknown>, message: string | undefined): void {
  let chain: Set<Task<unknown>> | undefined;
  let last = task;
  for (;;) {
    last._requests++;
    if (last._loop._debug) noteCancelled(last);
    const awaiting = last._awaiting;
    if (!isPlainTask(awaiting) || awaiting.done()) break;
    chain ??= new Set();
    if (chain.add(last).has(awaiting)) {
      leaveWait(last, awaiting);
      break;
    }
    awaiting._silence();
    last = awaiting;
  }
  if (!passOn(last, message)) {
    last._flags |= MUST_CANCEL;
    const rare = last._rarely();
    rare.message = message;
    rare.reason = reasonNow();
  }
  if (chain === undefined) abortSignal(last, message);
  else for (const cancelled of [...chain.add(last)].reverse()) abortSignal(cancelled, message);
}

/** Tasks whose request is on its way through a `cancel()` of another kind, a gather's for one, and may come back to them. */
const passingOn = new Set<Task<unknown>>();
/** Signals to be aborted when it has arrived: their listeners may cancel, and what these ask for is no circle. */
let afterwards: (() => void)[] = [];

/** Cancels what `task` waits for, if it is not done already. */
function passOn(task: Task<unknown>, message: string | undefined): boolean {
  const awaiting = task._awaiting;
  if (awaiting === null) return false;
  if (awaiting.cancel === Future.prototype.cancel) return awaiting.cancel(message);
  if (passingOn.has(task) && !awaiting.done()) {
    leaveWait(task, awaiting);
    awaiting._addWaiter(new Handle(takeCancellation, [awaiting], awaiting._loop, EMPTY, null));
    return false;
  }
  passingOn.add(task);
  try {
    return awaiting.cancel(message);
  } finally {
    passingOn.delete(task);
    if (passingOn.size === 0) abortAll();
  }
}

/** In place of the one who left: that it was cancelled is no error to be reported. */
function takeCancellation(future: Future<unknown>): void {
  if (future._outcome instanceof CancelledError) future._silence();
}

function abortSignal(task: Task<unknown>, message: string | undefined): void {
  if (passingOn.size === 0) task._abortSignal(message);
  else afterwards.push(() => task._abortSignal(message));
}

function abortAll(): void {
  const all = afterwards;
  afterwards = [];
  for (const abort of all) abort();
}

/** A subclass may do something of its own when it is cancelled. */
function isPlainTask(future: Future<unknown> | null): future is Task<unknown> {
  return future instanceof Task && future.cancel === Task.prototype.cancel;
}

function leaveWait(task: Task<unknown>, awaiting: Future<unknown>): void {
  const waiters = [awaiting._waiters ?? []].flat();
  awaiting._waiters = waiters.filter((waiter) => waiter !== task);
  task._awaiting = null;
  task._loop._enqueue(task);
}
