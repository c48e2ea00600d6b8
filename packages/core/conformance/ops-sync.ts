/** Locks, events, conditions and barriers. */
import type { Operations } from "./operation.ts";
import type { SyncOps, Test } from "./program.ts";

export const syncOps: Operations<SyncOps> = {
  acquire: {
    text: (op) => `acquire ${op.x}`,
    *wait(world, op) {
      yield* world.acquirables.get(op.x).acquire();
      return true;
    },
  },
  release: {
    text: (op) => `release ${op.x}`,
    run: (world, op) => world.acquirables.get(op.x).release(),
  },
  locked: {
    text: (op) => `locked ${op.x}`,
    run: (world, op) => world.acquirables.get(op.x).locked(),
  },
  event_wait: {
    text: (op) => `event_wait ${op.x}`,
    wait: (world, op) => world.events.get(op.x).wait(),
  },
  event_set: {
    text: (op) => `event_set ${op.x}`,
    run: (world, op) => world.events.get(op.x).set(),
  },
  event_clear: {
    text: (op) => `event_clear ${op.x}`,
    run: (world, op) => world.events.get(op.x).clear(),
  },
  event_is_set: {
    text: (op) => `event_is_set ${op.x}`,
    run: (world, op) => world.events.get(op.x).isSet(),
  },
  cond_wait: {
    text: (op) => `cond_wait ${op.x}`,
    wait: (world, op) => world.conditions.get(op.x).wait(),
  },
  cond_wait_for: {
    text: (op) => `cond_wait_for ${op.x} ${testText(op)}`,
    wait: (world, op) =>
      world.conditions.get(op.x).waitFor(() => {
        const holds = world.test(op);
        world.log(`pred ${testText(op)} = ${holds}`);
        return holds;
      }),
  },
  notify: {
    text: (op) => (op.count === undefined ? `notify ${op.x}` : `notify ${op.x} ${op.count}`),
    run: (world, op) => world.conditions.get(op.x).notify(op.count),
  },
  notify_all: {
    text: (op) => `notify_all ${op.x}`,
    run: (world, op) => world.conditions.get(op.x).notifyAll(),
  },
  barrier_wait: {
    text: (op) => `barrier_wait ${op.x}`,
    wait: (world, op) => world.barriers.get(op.x).wait(),
  },
  barrier_reset: {
    text: (op) => `barrier_reset ${op.x}`,
    wait: (world, op) => world.barriers.get(op.x).reset(),
  },
  barrier_abort: {
    text: (op) => `barrier_abort ${op.x}`,
    wait: (world, op) => world.barriers.get(op.x).abort(),
  },
  barrier_status: {
    text: (op) => `barrier_status ${op.x}`,
    run(world, op) {
      const barrier = world.barriers.get(op.x);
      return `${barrier.nWaiting}/${barrier.parties} ${barrier.broken}`;
    },
  },
};

function testText(test: Test): string {
  return `${test.n}${test.cmp}${test.v}`;
}
