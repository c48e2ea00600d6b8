import { current, noLoop } from "../loop/current.ts";
import type { EventLoop } from "../loops/event-loop.ts";
import type { CoroutineLike, Task, TaskOptions } from "./task.ts";

/**
 * Schedules a coroutine to run as a task of the running loop. Source: asyncio `create_task`.
 * @throws RuntimeError with no running loop; TypeError if `coro` is no coroutine
 */
export function createTask<T>(coro: CoroutineLike<T>, options?: TaskOptions): Task<T> {
  if (current.loop === null) noLoop("createTask() was called outside of a running event loop");
  return current.loop.createTask(coro, options);
}

/** The task whose step runs now, `null` in a plain callback. Source: asyncio `current_task`. */
export function currentTask(loop: EventLoop = runningLoopFor("currentTask()")): Task<unknown> | null {
  return current.loop === loop ? current.running._task : null;
}

/** The tasks of the loop that are not done, oldest first. Source: asyncio `all_tasks`. */
export function allTasks(loop: EventLoop = runningLoopFor("allTasks()")): Set<Task<unknown>> {
  return new Set(loop._pendingTasks());
}

function runningLoopFor(caller: string): EventLoop {
  return current.loop ?? noLoop(`${caller} was called outside of a running event loop`);
}
