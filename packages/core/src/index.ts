/** yieldfrom: asyncio for TypeScript. */

export { any } from "./combine/any.ts";
export { AsCompleted, type AsCompletedOptions, asCompleted } from "./combine/as-completed.ts";
export { gather } from "./combine/gather.ts";
export { race } from "./combine/race.ts";
export { type RetryOptions, retry } from "./combine/retry.ts";
export { shield } from "./combine/shield.ts";
export {
  ALL_COMPLETED,
  FIRST_COMPLETED,
  FIRST_EXCEPTION,
  type ReturnWhen,
  type WaitOptions,
  wait,
} from "./combine/wait.ts";
export { waitFor } from "./combine/wait-for.ts";
export {
  BrokenBarrierError,
  CancelledError,
  DeadlockError,
  IncompleteReadError,
  InvalidStateError,
  isCancelled,
  KeyboardInterrupt,
  LimitOverrunError,
  LookupError,
  QueueEmpty,
  QueueFull,
  QueueShutDown,
  RuntimeError,
  TimeoutError,
} from "./errors.ts";
export { type ErrorClass, type ErrorCondition, ExceptionGroup } from "./exception-group.ts";
export {
  type Executor,
  type ExecutorFunction,
  type ExecutorFuture,
  executorFunction,
  setDefaultExecutorFactory,
} from "./executor.ts";
export { type DoneCallback, Future, isFuture } from "./future.ts";
export { BREAK, forEach } from "./interop/for-each.ts";
export { from } from "./interop/from.ts";
export { type Emitter, once } from "./interop/once.ts";
export { signal } from "./interop/signal.ts";
export { type ConcurrentFuture, runCoroutineThreadsafe } from "./interop/threadsafe.ts";
export { toAsyncIterable } from "./interop/to-async-iterable.ts";
export { type ToPromiseOptions, toPromise } from "./interop/to-promise.ts";
export {
  type CallGraphOptions,
  captureCallGraph,
  FrameCallGraphEntry,
  FutureCallGraph,
  formatCallGraph,
  type PrintCallGraphOptions,
  printCallGraph,
} from "./introspect/call-graph.ts";
export { Context, ContextVar, copyContext, Token } from "./loop/context.ts";
export { getRunningLoop } from "./loop/current.ts";
export { Handle, TimerHandle } from "./loop/handle.ts";
export { HostCallback } from "./loop/host-callback.ts";
export type { ExceptionContext } from "./loop/report.ts";
export type { ExceptionHandler } from "./loop/scheduler.ts";
export { getEventLoop, newEventLoop, setEventLoop } from "./loops/access.ts";
export { EventLoop, type TaskFactory } from "./loops/event-loop.ts";
export { HostEventLoop } from "./loops/host-loop.ts";
export { VirtualEventLoop } from "./loops/virtual-loop.ts";
export { Runner, type RunnerOptions, type RunOptions, run } from "./run.ts";
export { TaskGroup, taskGroup } from "./scope/task-group.ts";
export { Timeout, timeout, timeoutAt } from "./scope/timeout.ts";
export { Barrier } from "./sync/barrier.ts";
export { Condition } from "./sync/condition.ts";
export { Event } from "./sync/event.ts";
export { Guard } from "./sync/guard.ts";
export { Lock } from "./sync/lock.ts";
export { Queue } from "./sync/queue.ts";
export { LifoQueue, PriorityQueue } from "./sync/queue-kinds.ts";
export { BoundedSemaphore, Semaphore } from "./sync/semaphore.ts";
export { futureAddToAwaitedBy, futureDiscardFromAwaitedBy } from "./task/awaiters.ts";
export { coroutine, isCoroutine, isCoroutineFunction } from "./task/coroutine.ts";
export { allTasks, createTask, currentTask } from "./task/create.ts";
export { createEagerTaskFactory, eagerTaskFactory } from "./task/eager.ts";
export { ensureFuture, ensureFuture as async } from "./task/ensure.ts";
export { Operation } from "./task/operation.ts";
export {
  _enterTask,
  _getRunningLoop,
  _leaveTask,
  _registerTask,
  _setRunningLoop,
  _unregisterTask,
} from "./task/register.ts";
export { sleep } from "./task/sleep.ts";
export { type CoroutineLike, Task, type TaskOptions } from "./task/task.ts";
export { wrapFuture } from "./task/wrap.ts";
export type { CodePlace } from "./traceback.ts";
export type { Awaitable, AwaitableFunction, Coroutine, Suspension } from "./types.ts";
