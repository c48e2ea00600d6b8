/** Queues of all kinds. */
import type { Operations } from "./operation.ts";
import type { QueueOps } from "./program.ts";

export const queueOps: Operations<QueueOps> = {
  put: {
    text: (op) => `put ${op.x} ${op.v}`,
    wait: (world, op) => world.queues.get(op.x).put(op.v),
  },
  get: {
    text: (op) => `get ${op.x}`,
    wait: (world, op) => world.queues.get(op.x).get(),
  },
  put_nowait: {
    text: (op) => `put_nowait ${op.x} ${op.v}`,
    run: (world, op) => world.queues.get(op.x).putNowait(op.v),
  },
  get_nowait: {
    text: (op) => `get_nowait ${op.x}`,
    run: (world, op) => world.queues.get(op.x).getNowait(),
  },
  join: {
    text: (op) => `join ${op.x}`,
    wait: (world, op) => world.queues.get(op.x).join(),
  },
  task_done: {
    text: (op) => `task_done ${op.x}`,
    run: (world, op) => world.queues.get(op.x).taskDone(),
  },
  shutdown: {
    text: (op) => (op.immediate ? `shutdown ${op.x} immediate` : `shutdown ${op.x}`),
    run: (world, op) => world.queues.get(op.x).shutdown(op.immediate),
  },
  queue_status: {
    text: (op) => `queue_status ${op.x}`,
    run(world, op) {
      const queue = world.queues.get(op.x);
      return `${queue.qsize()} ${queue.empty()} ${queue.full()}`;
    },
  },
};
