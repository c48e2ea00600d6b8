import { RuntimeError } from "../errors.ts";
import { addCallers } from "./callers.ts";
import { collected, ended, Frame, nativeNext, nativeThrow } from "./frame.ts";
import { drivenAlready, Misuse, throwInto } from "./misuse.ts";
import { AWAITED, baton, CALLED, PARKED, YIELDED } from "./suspend.ts";
import { DUE, GAVE_WAY, MUST_CANCEL, type Task } from "./task.ts";

/**
 * One step of a task: resumes its innermost coroutine and goes on until the task suspends or ends. The only place
 * where a coroutine is advanced.
 *
 * The step starts by a throw if a cancellation is due or an error was injected, else by a next; what the task
 * waited for then hands its result or error in by itself, since the coroutine's `yield*` asks it.
 * Source: asyncio `Task.__step` and `__wakeup`.
 * @returns whether it gave way, and is now to be queued by the caller
 */
export function step(task: Task<unknown>): boolean {
  const top = task._top;
  const flags = task._flags;
  if ((flags & DUE) !== 0) return stepByThrow(task, top);
  task._flags = flags & ~GAVE_WAY;
  task._awaiting = null;
  baton.resumed = (flags & GAVE_WAY) !== 0;
  collected.depth = 0;
  let result: IteratorResult<unknown, unknown>;
  try {
    result = nativeNext.call(top === null ? task._coro : top.gen, undefined);
  } catch (thrown) {
    return goOn(task, top, null, thrown);
  }
  // The commonest first, and by identity, for which nothing need be looked into.
  if (collected.outermost === null) {
    if (result === PARKED) {
      if (task._place < 0 || (task._flags & MUST_CANCEL) !== 0) parked(task);
      return false;
    }
    if (result === YIELDED) return giveWay(task);
    if (top === null && result.done) {
      task._returned(result.value);
      return false;
    }
  }
  return goOn(task, top, result, undefined);
}

function stepByThrow(task: Task<unknown>, top: Frame | null): boolean {
  const gen = top === null ? task._coro : top.gen;
  const due = task._takeDueError();
  task._flags &= ~GAVE_WAY;
  task._awaiting = null;
  baton.resumed = false;
  collected.depth = 0;
  let result: IteratorResult<unknown, unknown>;
  try {
    result = due instanceof Misuse ? throwInto(gen, due) : nativeThrow.call(gen, due);
  } catch (thrown) {
    return goOn(task, top, null, thrown);
  }
  return goOn(task, top, result, undefined);
}

/**
 * What follows a resumption that was not the last one of the step.
 * @param frame what was resumed; null: the task's own coroutine
 * @param result what it said; null: it threw `error`
 */
function goOn(
  task: Task<unknown>,
  frame: Frame | null,
  result: IteratorResult<unknown, unknown> | null,
  error: unknown,
): boolean {
  let passing: unknown;
  for (;;) {
    if (result === null || result.done) {
      if (frame === null) {
        collected.outermost = null;
        if (result === null) task._ended(error);
        else task._returned(result.value);
        return false;
      }
      if (result === null && task._loop._debug && error !== passing) addCallers(error, task, frame.parent);
      passing = error;
      ended.gen = frame.gen;
      ended.result = result as IteratorReturnResult<unknown> | null;
      ended.error = error;
      frame = frame.parent;
      task._top = frame;
      collected.outermost = null;
    } else {
      const outermost = collected.outermost as Frame | null;
      if (outermost !== null) {
        outermost.parent = frame;
        frame = collected.innermost;
        task._top = frame;
        collected.outermost = null;
      }
      const said: unknown = result.value;
      if (said === PARKED) {
        parked(task);
        return false;
      }
      if (said === AWAITED) {
        wait(task);
        return false;
      }
      if (said === YIELDED) return giveWay(task);
      if (said !== CALLED) {
        task._leaveWait();
        inject(task, new Misuse(said));
        return false;
      }
      const callee = new Frame(baton.callee!);
      baton.callee = null;
      callee.parent = frame;
      frame = callee;
      task._top = frame;
    }
    collected.depth = 0;
    try {
      result = nativeNext.call(frame === null ? task._coro : frame.gen, undefined);
    } catch (thrown) {
      result = null;
      error = thrown;
    }
  }
}

function giveWay(task: Task<unknown>): true {
  task._flags |= GAVE_WAY;
  if (task._awaiting !== null) task._leaveWait();
  return true;
}

/** It lies among the waiters of `_awaiting`. */
function parked(task: Task<unknown>): void {
  task._list();
  if ((task._flags & MUST_CANCEL) === 0) return;
  // Cancelled by itself while it ran: the request is passed on at once.
  if (task._awaiting!.cancel(task._rare?.message)) task._flags &= ~MUST_CANCEL;
}

/** To be put among the waiters of `_awaiting`, which is not as simple as most. */
function wait(task: Task<unknown>): void {
  const future = task._awaiting!;
  if (future._loop !== task._loop) {
    task._awaiting = null;
    inject(task, new RuntimeError(`${task} awaits ${future}, which belongs to a different event loop`));
    return;
  }
  if (future === task) {
    task._awaiting = null;
    inject(task, new RuntimeError(`${task} can't await itself`));
    return;
  }
  const other = future._waiters as Partial<Task<unknown>> | undefined;
  if (other !== undefined && other._coro === task._coro) {
    task._awaiting = null;
    // Not thrown into the coroutine, which is the other's.
    task._ended(drivenAlready(other as Task<unknown>));
    return;
  }
  future._addWaiter(task);
  parked(task);
}

/** Throws `error` into the coroutine at its next step. */
function inject(task: Task<unknown>, error: Error): void {
  task._inject(error);
  task._loop._enqueue(task);
}
