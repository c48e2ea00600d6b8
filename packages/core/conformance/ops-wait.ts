/** Waiting: for time, for several things at once, with a limit. */
import * as asyncio from "../src/index.ts";
import type { Operations } from "./operation.ts";
import type { Operand, OpOf, Target, WaitOps } from "./program.ts";
import { exceptionText, suffix } from "./trace.ts";
import type { World } from "./world.ts";

export const waitOps: Operations<WaitOps> = {
  sleep: {
    text: (op) => `sleep ${op.d}`,
    wait: (_world, op) => (op.v === undefined ? asyncio.sleep(op.d) : asyncio.sleep(op.d, op.v)),
  },
  yield: {
    text: () => "yield",
    wait: () => asyncio.sleep(0),
  },
  yield_bad: {
    text: () => "yield_bad",
    *wait() {
      yield 42 as never;
    },
  },
  gather: {
    text: (op) => `gather ${operandsText(op.of)}${op.into === undefined ? "" : ` into ${op.into}`}`,
    *wait(world, op) {
      const future = asyncio.gather(operands(world, op.of), { returnExceptions: op.re ?? false });
      if (op.into === undefined) return yield* future;
      world.setAwaitable(op.into, future);
      return null;
    },
  },
  wait: {
    text: (op) => `wait ${operandsText(op.of)}`,
    *wait(world, op) {
      // Coroutines are let through: that `wait` refuses them is what some programs are about.
      const futures = operands(world, op.of) as asyncio.Future<unknown>[];
      const [done, pending] = yield* asyncio.wait(futures, {
        timeout: op.timeout ?? null,
        returnWhen: op.when ?? asyncio.ALL_COMPLETED,
      });
      return `done[${labelsText(world, done)}] pending[${labelsText(world, pending)}]`;
    },
  },
  as_completed: {
    text: (op) => `as_completed ${operandsText(op.of)}`,
    wait: (world, op) => (op.mode === "async" ? finishedFutures(world, op) : finishedResults(world, op)),
  },
  wait_for: {
    text: (op) => `wait_for ${operandText(targetOf(op))} ${op.timeout}`,
    wait: (world, op) => asyncio.waitFor(operand(world, targetOf(op)), op.timeout),
  },
  shield: {
    text: (op) => `shield ${operandText(targetOf(op))}${op.into === undefined ? "" : ` into ${op.into}`}`,
    *wait(world, op) {
      const future = asyncio.shield(operand(world, targetOf(op)));
      if (op.into === undefined) return yield* future;
      world.setAwaitable(op.into, future);
      return null;
    },
  },
  reschedule: {
    text: (op) => `reschedule ${op.var} ${op.d}`,
    run: (world, op) => world.timeouts.get(op.var).reschedule(op.d === null ? null : world.loop.time() + op.d),
  },
  expired: {
    text: (op) => `expired ${op.var}`,
    run: (world, op) => world.timeouts.get(op.var).expired(),
  },
  when: {
    text: (op) => `when ${op.var}`,
    run: (world, op) => world.timeouts.get(op.var).when(),
  },
};

type AsCompleted = OpOf<WaitOps, "as_completed">;

/** Plain iteration: whatever comes next but a cancellation is logged, and is not the op's. */
function* finishedResults(world: World, op: AsCompleted): asyncio.Coroutine<void> {
  let count = 0;
  for (const next of completed(world, op)) {
    try {
      const result = yield* next;
      world.log(`next${suffix(" = ", result, world.labels)}`);
    } catch (error) {
      if (error instanceof asyncio.CancelledError) throw error;
      world.log(`next ! ${exceptionText(error)}`);
    }
    if (++count === op.limit) return;
  }
}

/** asyncio's asynchronous iteration: the futures themselves, in the order in which they are done. */
function* finishedFutures(world: World, op: AsCompleted): asyncio.Coroutine<void> {
  let count = 0;
  for (const next of completed(world, op).tasks()) {
    const future = yield* next;
    world.log(`next ${world.labels.of(future)}`);
    if (++count === op.limit) return;
  }
}

function completed(world: World, op: AsCompleted) {
  return asyncio.asCompleted(operands(world, op.of), { timeout: op.timeout ?? null });
}

/** All names first, so that no coroutine is made when one of them is unknown. */
function operands(world: World, of: Operand[]): asyncio.Awaitable<unknown>[] {
  for (const item of of) if (typeof item === "string") world.awaitable(item);
  return of.map((item) => operand(world, item));
}

function operand(world: World, item: Operand): asyncio.Awaitable<unknown> {
  return typeof item === "string" ? world.awaitable(item) : world.coroutine(item.coro);
}

function operandText(item: Operand): string {
  return typeof item === "string" ? item : `${item.coro}()`;
}

function operandsText(of: Operand[]): string {
  return of.length === 0 ? "-" : of.map(operandText).join(",");
}

function targetOf(target: Target): Operand {
  return "x" in target ? target.x : target;
}

function labelsText(world: World, futures: Iterable<asyncio.Future<unknown>>): string {
  return Array.from(futures, (future) => world.labels.of(future))
    .sort()
    .join(",");
}
