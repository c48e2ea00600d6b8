import { RuntimeError } from "../errors.ts";
import { current, Entered } from "../loop/current.ts";
import type { EventLoop } from "../loops/event-loop.ts";
import type { Task } from "./task.ts";
import { setLatestAside } from "./unawaited.ts";

/**
 * For those who write event loops or task classes of their own; nobody else needs these. Source: the functions of the
 * same names in asyncio.
 */

/** The loop that runs now; null if none does. Source: asyncio `_get_running_loop`. */
export function _getRunningLoop(): EventLoop | null {
  return current.loop;
}

/** Makes `loop` the running one, or none. Source: asyncio `_set_running_loop`. */
export function _setRunningLoop(loop: EventLoop | null): void {
  setLatestAside();
  current.loop = loop;
}

/** Puts a task among those of its loop, unless it is done. Source: asyncio `_register_task`. */
export function _registerTask(task: Task<unknown>): void {
  task._hide(false);
  task._list();
}

/** Takes it out again. Source: asyncio `_unregister_task`. */
export function _unregisterTask(task: Task<unknown>): void {
  task._hide(true);
}

/** Makes `task` the one that runs. Source: asyncio `_enter_task`. @throws RuntimeError if another one runs */
export function _enterTask(loop: EventLoop, task: Task<unknown>): void {
  const running = current.running._task;
  if (running !== null) {
    throw new RuntimeError(`${loop} can't enter ${task} while ${running} is being run: leave that first`);
  }
  current.running = new Entered(task, current.running._scope);
}

/** Ends that. Source: asyncio `_leave_task`. @throws RuntimeError if it is not the one that runs */
export function _leaveTask(loop: EventLoop, task: Task<unknown>): void {
  const running = current.running._task;
  if (running !== task) {
    throw new RuntimeError(`${loop} can't leave ${task}, which is not the one that is being run (${running})`);
  }
  current.running = new Entered(null, current.running._scope);
}
