/** Coroutines, blocks and the ops that steer them. */
import type { Awaitable, Coroutine, TaskGroup, Timeout } from "../src/index.ts";
import * as asyncio from "../src/index.ts";
import { runLeaf, runLeafNow } from "./leaf.ts";
import type { Block, ControlOp, ControlOps, Op, OpOf, Scalar } from "./program.ts";
import { exceptionText, makeException, matches, suffix } from "./trace.ts";
import type { Callback, World } from "./world.ts";

/** Why a block ended before its last op; null if it did not. */
type Signal = { kind: "break" } | { kind: "return"; value: Scalar } | null;

/** The exception of the innermost handler an op stands in, for `reraise`. */
type Caught = { error: unknown } | null;

type Control<Op> = (world: World, op: Op, caught: Caught) => Coroutine<Signal>;

/** Runs the body of a coroutine, and logs its start and its end. */
export function* runCoroutine(world: World, name: string, block: Block): Coroutine<Scalar> {
  world.log(`> ${name}`);
  let signal: Signal;
  try {
    signal = yield* runBlock(world, block, null);
  } catch (error) {
    world.log(`< ${name} ! ${exceptionText(error)}`);
    throw error;
  }
  const value = signal?.kind === "return" ? signal.value : null;
  world.log(`< ${name}${suffix(" = ", value, world.labels)}`);
  return value;
}

/** The function of that name in `callbacks`; called as a done callback it is given the future. */
export function makeCallback(world: World, name: string, block: Block): Callback {
  return (...args) => {
    world.log(["run", name, ...args.map((future) => world.labels.of(future))].join(" "));
    for (const op of block) {
      if (!isControl(op)) runLeafNow(world, op);
      else if (op.op === "raise") raise(op, null);
      else throw new Error(`A callback cannot ${op.op}: it runs leaf ops that do not wait, log and raise`);
    }
  };
}

function* runBlock(world: World, block: Block, caught: Caught): Coroutine<Signal> {
  for (const op of block) {
    if (isControl(op)) {
      const run: Control<never> = controls[op.op];
      const signal = yield* run(world, op as never, caught);
      if (signal !== null) return signal;
    } else {
      yield* runLeaf(world, op);
    }
  }
  return null;
}

const controls: { [K in keyof ControlOps]: Control<OpOf<ControlOps, K>> } = {
  *return(_world, op) {
    return { kind: "return", value: op.v ?? null };
  },
  *break() {
    return { kind: "break" };
  },
  *raise(_world, op, caught) {
    raise(op, caught);
  },
  *repeat(world, op, caught) {
    for (let i = 0; i < op.n; i++) {
      const signal = yield* runBlock(world, op.body, caught);
      if (signal?.kind === "break") return null;
      if (signal !== null) return signal;
    }
    return null;
  },
  *if(world, op, caught) {
    return yield* runBlock(world, world.test(op) ? op.then : (op.else ?? []), caught);
  },
  *try(world, op, caught) {
    try {
      return yield* handled(world, op, caught);
    } finally {
      if (op.finally !== undefined) {
        world.log("finally");
        yield* runBlock(world, op.finally, caught);
      }
    }
  },
  *with(world, op, caught) {
    return yield* left(world, entered(world, op, caught), () => `exit ${op.x}`);
  },
  *timeout(world, op, caught) {
    // The table is shared, so another task may have put its own timeout under the same name by the time we leave.
    const own: { scope?: Timeout } = {};
    const body = (scope: Timeout) => {
      own.scope = scope;
      world.timeouts.set(op.var, scope);
      return runBlock(world, op.body, caught);
    };
    const scoped = "at" in op ? asyncio.timeoutAt(op.at, body) : asyncio.timeout(op.d, body);
    return yield* left(
      world,
      scoped,
      () => `exit ${op.var}`,
      () => ` expired=${own.scope?.expired()}`,
    );
  },
  *taskgroup(world, op, caught) {
    const body = (group: TaskGroup) => {
      world.groups.set(op.var, group);
      return runBlock(world, op.body, caught);
    };
    return yield* left(world, asyncio.taskGroup(body), () => `exit ${op.var}`);
  },
};

function isControl(op: Op): op is ControlOp {
  return Object.hasOwn(controls, op.op);
}

function raise(op: OpOf<ControlOps, "raise">, caught: Caught): never {
  if (op.exc !== "reraise") throw makeException(op.exc, op.msg);
  if (caught === null) throw new asyncio.RuntimeError("No active exception to reraise");
  throw caught.error;
}

/** `try` without its `finally`. */
function* handled(world: World, op: OpOf<ControlOps, "try">, caught: Caught): Coroutine<Signal> {
  let signal: Signal;
  try {
    signal = yield* runBlock(world, op.body, caught);
  } catch (error) {
    const handler = op.except?.find(({ types }) => types.some((type) => matches(error, type)));
    if (handler === undefined) throw error;
    world.log(`caught ${exceptionText(error)}`);
    return yield* runBlock(world, handler.body, { error });
  }
  if (signal !== null || op.else === undefined) return signal;
  return yield* runBlock(world, op.else, caught);
}

/** `with` up to the point where the block has been left. */
function* entered(world: World, op: OpOf<ControlOps, "with">, caught: Caught): Coroutine<Signal> {
  if (world.barriers.has(op.x)) {
    const index = yield* world.barriers.get(op.x).wait();
    world.log(`enter ${op.x} = ${index}`);
    return yield* runBlock(world, op.body, caught);
  }
  const lock = world.acquirables.get(op.x);
  yield* lock.acquire();
  try {
    world.log(`enter ${op.x}`);
    return yield* runBlock(world, op.body, caught);
  } finally {
    lock.release();
  }
}

/** Runs a block that logs how it was left: by itself, by `return` or `break`, or by an exception. */
function* left(
  world: World,
  block: Awaitable<Signal>,
  text: () => string,
  more: () => string = () => "",
): Coroutine<Signal> {
  let signal: Signal;
  try {
    signal = yield* block;
  } catch (error) {
    world.log(`${text()} ! ${exceptionText(error)}${more()}`);
    throw error;
  }
  world.log(`${text()}${more()}`);
  return signal;
}
