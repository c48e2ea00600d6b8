import { RuntimeError } from "../errors.ts";
import { current } from "../loop/current.ts";
import type { EventLoop } from "../loops/event-loop.ts";
import type { Task } from "./task.ts";

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
  current.loop = loop;
}

/** Puts a task among those of its loop, unless it is done. Source: asyncio `_register_task`. */
export function _registerTask(task: Task<unknown>): void {
  const tasks = task._loop._tasks;
  if (!task.done() && !tasks.includes(task)) tasks.push(task);
}

/** Takes it out again. Source: asyncio `_unregister_task`. */
export function _unregisterTask(task: Task<unknown>): void {
  const tasks = task._loop._tasks;
  if (tasks.includes(task)) tasks.remove(task);
}

/** Makes `task` the one that runs. Source: asyncio `_enter_task`. @throws RuntimeError if another one runs */
export function _enterTask(loop: EventLoop, task: Task<unknown>): void {
  if (current.task !== null) {
    throw new RuntimeError(`${loop} can't enter ${task} while ${current.task} is being run: leave that first`);
  }
  current.task = task;
}

/** Ends that. Source: asyncio `_leave_task`. @throws RuntimeError if it is not the one that runs */
export function _leaveTask(loop: EventLoop, task: Task<unknown>): void {
  if (current.task !== task) {
    throw new RuntimeError(`${loop} can't leave ${task}, which is not the one that is being run (${current.task})`);
  }
  current.task = null;
}
