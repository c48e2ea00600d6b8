/** The ops that log one line each: carried out, then written down. */
import { CancelledError, type Coroutine } from "../src/index.ts";
import type { Immediate, Operations, Waiting } from "./operation.ts";
import { loopOps } from "./ops-loop.ts";
import { queueOps } from "./ops-queue.ts";
import { syncOps } from "./ops-sync.ts";
import { taskOps } from "./ops-task.ts";
import { variableOps } from "./ops-variable.ts";
import { waitOps } from "./ops-wait.ts";
import type { LeafOp, LeafOps } from "./program.ts";
import { exceptionText, suffix } from "./trace.ts";
import { UnknownName, type World } from "./world.ts";

const operations: Operations<LeafOps> = {
  ...taskOps,
  ...waitOps,
  ...loopOps,
  ...syncOps,
  ...queueOps,
  ...variableOps,
};

function find(op: LeafOp): Immediate<LeafOp> | Waiting<LeafOp> {
  const operation = operations[op.op];
  if (operation === undefined) throw new Error(`No op is called ${JSON.stringify(op.op)}: ${JSON.stringify(op)}`);
  return operation;
}

/** Runs an op in a coroutine. */
export function* runLeaf(world: World, op: LeafOp): Coroutine<void> {
  const operation = find(op);
  try {
    const result = "wait" in operation ? yield* operation.wait(world, op) : operation.run(world, op);
    world.log(operation.text(op) + suffix(" = ", result, world.labels));
  } catch (error) {
    failed(world, op, operation.text(op), error);
  }
}

/** Runs an op in a callback, where nothing can wait. */
export function runLeafNow(world: World, op: LeafOp): void {
  const operation = find(op);
  if ("wait" in operation) throw new Error(`A callback cannot wait, so it cannot ${operation.text(op)}`);
  try {
    const result = operation.run(world, op);
    world.log(operation.text(op) + suffix(" = ", result, world.labels));
  } catch (error) {
    failed(world, op, operation.text(op), error);
  }
}

function failed(world: World, op: LeafOp, text: string, error: unknown): void {
  if (error instanceof UnknownName) {
    world.log(`${text} skip`);
    return;
  }
  world.log(`${text} ! ${exceptionText(error)}`);
  if (!op.safe || error instanceof CancelledError) throw error;
}
