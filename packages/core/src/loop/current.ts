import { RuntimeError } from "../errors.ts";
import type { EventLoop } from "../loops/event-loop.ts";
import type { Task } from "../task/task.ts";
import type { Scope, Values } from "./context.ts";

/** No values: what every context starts from. */
export const EMPTY: Values = new Map();

/**
 * Who runs now, and which loop was set for code that runs outside any: all mutable state of the module level that
 * the engine has.
 *
 * `loop` and `task` are set by whoever runs a callback and put back by the same, so they are right even when a
 * virtual loop is run inside a callback of another loop. `scope` and `values` say whose context variables apply
 * (see `context.ts`); each runnable sets them when it starts.
 */
export const current: {
  loop: EventLoop | null;
  task: Task<unknown> | null;
  scope: Scope;
  values: Values;
  setLoop: EventLoop | null;
} = { loop: null, task: null, scope: { _values: EMPTY }, values: EMPTY, setLoop: null };

/**
 * The loop whose callback or task runs now. Source: asyncio `get_running_loop`.
 * @throws RuntimeError outside of one
 */
export function getRunningLoop(): EventLoop {
  return current.loop ?? noLoop("getRunningLoop() was called outside of a running event loop");
}

/** The loop for something made without naming one: the running one, else the one set. */
export function defaultLoop(what: string): EventLoop {
  return current.loop ?? current.setLoop ?? noLoop(`${what} needs an event loop and none is running`);
}

export function noLoop(what: string): never {
  throw new RuntimeError(`${what}: call it inside run(main), or name the loop, as in loop.createTask(…)`);
}
