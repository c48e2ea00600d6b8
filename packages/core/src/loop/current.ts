import { RuntimeError } from "../errors.ts";
import type { Future } from "../future.ts";
import type { EventLoop } from "../loops/event-loop.ts";
import type { Task } from "../task/task.ts";
import type { Scope, Values } from "./context.ts";

/** No values: what every context starts from. */
export const EMPTY: Values = new Map();

/** Who can be the one that runs: a task, a handle, or what stands for code that entered a context by hand. */
export interface Running {
  /** @internal Itself, if it is a task; the task in which a context was entered by hand; else null. */
  readonly _task: Task<unknown> | null;
  /** @internal Whose context variables apply (see `context.ts`). */
  readonly _scope: Scope;
  /** @internal Of a task: see there. */
  _awaiting?: Future<unknown> | null;
  /** @internal */
  readonly _loop?: EventLoop;
}

/** Code that runs in a context, or as a task, that was entered by hand. */
export class Entered implements Running {
  readonly _task: Task<unknown> | null;
  readonly _scope: Scope;

  constructor(task: Task<unknown> | null, scope: Scope) {
    this._task = task;
    this._scope = scope;
  }
}

/** Runs while no runnable does. */
export const NOBODY = new Entered(null, { _values: EMPTY });

/**
 * Who runs now, and which loop was set for code that runs outside any: all mutable state of the module level that
 * the engine has.
 *
 * `loop` is set by whoever runs a loop and put back by the same, so it is right even when a virtual loop is run inside a
 * callback of another loop. `running` is set by each runnable when it starts, and stays until the next one does. It is one
 * field, from which the task and its context follow, since storing a young object into an old one costs the engine's
 * write barrier: three such fields were a third of a step.
 */
export const current: {
  loop: EventLoop | null;
  running: Running;
  setLoop: EventLoop | null;
} = { loop: null, running: NOBODY, setLoop: null };

/** The values of context variables that apply to the code that runs now. */
export function currentValues(): Values {
  return current.running._scope._values;
}

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
