import type { EventLoop, TaskFactory } from "../loops/event-loop.ts";
import { type CoroutineLike, Task, type TaskOptions } from "./task.ts";

/** A class of tasks, for `createEagerTaskFactory`. */
type TaskConstructor = new <T>(coro: CoroutineLike<T>, options: TaskOptions & { readonly loop: EventLoop }) => Task<T>;

/**
 * A task factory whose tasks run their first step at once, inside `createTask`: one that never waits is done when
 * `createTask` returns, and was never queued. `createTask(coro, { eagerStart: false })` overrides it.
 * Source: asyncio `create_eager_task_factory`.
 */
export function createEagerTaskFactory(taskClass: TaskConstructor): TaskFactory {
  return (loop, coro, options) => new taskClass(coro, { ...options, loop, eagerStart: options?.eagerStart ?? true });
}

/** `createEagerTaskFactory(Task)`, for `loop.setTaskFactory`. Source: asyncio `eager_task_factory`. */
export const eagerTaskFactory: TaskFactory = /* @__PURE__ */ createEagerTaskFactory(Task);
