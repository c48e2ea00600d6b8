/** Tasks and futures. */
import { allTasks, createTask, currentTask, Task, type TaskOptions } from "../src/index.ts";
import { chooseTaskFactory } from "./factories.ts";
import type { Operations } from "./operation.ts";
import type { SpawnFields, TaskOps } from "./program.ts";
import { exceptionText, makeException, stateText } from "./trace.ts";
import type { World } from "./world.ts";

export const taskOps: Operations<TaskOps> = {
  spawn: {
    text: (op) => `spawn ${op.name}`,
    run(world, op) {
      const options = spawnOptions(world, op);
      return world.spawn(op, (name) => createTask(world.coroutine(op.coro), { ...options, name }));
    },
  },
  tg_spawn: {
    text: (op) => `tg_spawn ${op.name}`,
    run(world, op) {
      const group = world.groups.get(op.tg);
      const options = spawnOptions(world, op);
      return world.spawn(op, (name) => group.createTask(world.coroutine(op.coro), { ...options, name }));
    },
  },
  await: {
    text: (op) => `await ${op.x}`,
    wait: (world, op) => world.awaitable(op.x),
  },
  call: {
    text: (op) => `call ${op.coro}`,
    wait: (world, op) => world.coroutine(op.coro),
  },
  cancel: {
    text: (op) => (op.msg === undefined ? `cancel ${op.x}` : `cancel ${op.x} ${op.msg}`),
    run: (world, op) => world.awaitable(op.x).cancel(op.msg),
  },
  uncancel: {
    text: (op) => `uncancel ${op.x}`,
    run: (world, op) => task(world, op.x).uncancel(),
  },
  cancelling: {
    text: (op) => `cancelling ${op.x}`,
    run: (world, op) => task(world, op.x).cancelling(),
  },
  status: {
    text: (op) => `status ${op.x}`,
    run: (world, op) => stateText(world.awaitable(op.x), world.labels),
  },
  result: {
    text: (op) => `result ${op.x}`,
    run: (world, op) => world.awaitable(op.x).result(),
  },
  exception: {
    text: (op) => `exception ${op.x}`,
    run: (world, op) => world.awaitable(op.x).exception(),
  },
  rename: {
    text: (op) => `rename ${op.x} ${op.name}`,
    run(world, op) {
      world.labels.addTaskName(op.name);
      task(world, op.x).setName(op.name);
    },
  },
  new_future: {
    text: (op) => `new_future ${op.x}`,
    run: (world, op) => world.setAwaitable(op.x, world.loop.createFuture()),
  },
  set_result: {
    text: (op) => `set_result ${op.x} ${op.v ?? null}`,
    run: (world, op) => world.awaitable(op.x).setResult(op.v ?? null),
  },
  set_exception: {
    text: (op) => `set_exception ${op.x} ${exceptionText(makeException(op.exc, op.msg))}`,
    run: (world, op) => world.awaitable(op.x).setException(makeException(op.exc, op.msg)),
  },
  add_done_callback: {
    text: (op) => `add_done_callback ${op.x} ${op.cb}`,
    run(world, op) {
      const future = world.awaitable(op.x);
      future.addDoneCallback(world.callback(op));
    },
  },
  remove_done_callback: {
    text: (op) => `remove_done_callback ${op.x} ${op.cb}`,
    run: (world, op) => world.awaitable(op.x).removeDoneCallback(world.callback(op)),
  },
  current_task: {
    text: () => "current_task",
    run: (world) => currentTask(world.loop),
  },
  all_tasks: {
    text: () => "all_tasks",
    run: (world) => allTasks(world.loop).size,
  },
  set_task_factory: {
    text: (op) => `set_task_factory ${op.kind}`,
    run: (world, op) => chooseTaskFactory(world, op.kind),
  },
};

function spawnOptions(world: World, op: SpawnFields): TaskOptions {
  return { eagerStart: op.eager, context: op.ctx === undefined ? undefined : world.contexts.get(op.ctx) };
}

function task(world: World, name: string): Task<unknown> {
  const found = world.awaitable(name);
  if (!(found instanceof Task)) throw new Error(`${name} is a future, the op is one for tasks`);
  return found;
}
