import type { Future } from "../future.ts";
import { noteCancelled } from "./swallowed.ts";
import { Task } from "./task.ts";
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
  if (!last._awaiting?.cancel(message)) {
    last._mustCancel = true;
    last._cancelMessage = message;
    last._rarely().reason = reasonNow();
  }
  // In the end, since listeners of the signals may call back.
  if (chain === undefined) last._abortSignal(message);
  else for (const cancelled of [...chain.add(last)].reverse()) cancelled._abortSignal(message);
}

/** A subclass may do something of its own when it is cancelled. */
function isPlainTask(future: Future<unknown> | null): future is Task<unknown> {
  return future instanceof Task && future.cancel === Task.prototype.cancel;
}

function leaveWait(task: Task<unknown>, awaiting: Task<unknown>): void {
  const waiters = [awaiting._waiters ?? []].flat();
  awaiting._waiters = waiters.filter((waiter) => waiter !== task);
  task._awaiting = null;
  task._loop._enqueue(task);
}
