import { RuntimeError } from "../errors.ts";
import { addCallers } from "./callers.ts";
import { collected, ended, Frame, nativeNext, nativeThrow, resetCollected } from "./frame.ts";
import { drivenAlready, Misuse, throwInto } from "./misuse.ts";
import { AWAITED, baton, CALLED, YIELDED } from "./suspend.ts";
import type { Task } from "./task.ts";

/**
 * One step of a task: resumes its innermost coroutine and goes on until the task suspends or ends. The only place
 * where a coroutine is advanced.
 *
 * The step starts by a throw if a cancellation is due or an error was injected, else by a next; what the task
 * waited for then hands its result or error in by itself, since the coroutine's `yield*` asks it.
 * Source: asyncio `Task.__step` and `__wakeup`.
 */
export function step(task: Task<unknown>): void {
  let frame = task._top;
  let gen = frame === null ? task._coro : frame.gen;
  let throwing = false;
  let error: unknown;
  let passing: unknown;
  if (task._mustCancel || task._injected !== undefined) {
    throwing = true;
    error = task._takeDueError();
  }
  task._awaiting = null;
  baton.resumed = task._gaveWay && !throwing;
  task._gaveWay = false;

  for (;;) {
    resetCollected();
    let result: IteratorResult<unknown, unknown>;
    try {
      if (!throwing) result = nativeNext.call(gen, undefined);
      else result = error instanceof Misuse ? throwInto(gen, error) : nativeThrow.call(gen, error);
    } catch (thrown) {
      if (frame === null) {
        task._ended(thrown);
        return;
      }
      if (task._loop._debug && thrown !== passing) addCallers(thrown, task, frame.parent);
      passing = thrown;
      ended.gen = frame.gen;
      ended.result = null;
      ended.error = thrown;
      frame = frame.parent;
      task._top = frame;
      gen = frame === null ? task._coro : frame.gen;
      throwing = false;
      continue;
    }
    throwing = false;

    if (result.done) {
      if (frame === null) {
        task._returned(result.value);
        return;
      }
      ended.gen = frame.gen;
      ended.result = result as IteratorReturnResult<unknown>;
      frame = frame.parent;
      task._top = frame;
      gen = frame === null ? task._coro : frame.gen;
      continue;
    }

    if (collected.outermost !== null) {
      collected.outermost.parent = frame;
      frame = collected.innermost;
      task._top = frame;
    }
    const said: unknown = result.value;
    if (said === AWAITED) {
      wait(task);
      return;
    }
    if (said === YIELDED) {
      task._gaveWay = true;
      task._loop._enqueue(task);
      return;
    }
    if (said === CALLED) {
      const callee = new Frame(baton.callee!);
      baton.callee = null;
      callee.parent = frame;
      frame = callee;
      task._top = frame;
      gen = callee.gen;
      continue;
    }
    inject(task, new Misuse(said));
    return;
  }
}

function wait(task: Task<unknown>): void {
  const future = baton.awaited!;
  baton.awaited = null;
  if (future._loop !== task._loop) {
    inject(task, new RuntimeError(`${task} awaits ${future}, which belongs to a different event loop`));
    return;
  }
  if (future === task) {
    inject(task, new RuntimeError(`${task} can't await itself`));
    return;
  }
  const other = future._waiters as Partial<Task<unknown>> | undefined;
  if (other !== undefined && other._coro === task._coro) {
    // Not thrown into the coroutine, which is the other's.
    task._ended(drivenAlready(other as Task<unknown>));
    return;
  }
  future._addWaiter(task);
  task._awaiting = future;
  // Cancelled by itself while it ran: the request is passed on at once.
  if (task._mustCancel && future.cancel(task._cancelMessage)) task._mustCancel = false;
}

/** Throws `error` into the coroutine at its next step. */
function inject(task: Task<unknown>, error: Error): void {
  task._injected = error;
  task._loop._enqueue(task);
}
