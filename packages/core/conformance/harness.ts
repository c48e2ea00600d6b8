/** The steps in which a program is run, as the conformance README numbers them. */
import { DeadlockError, type Future, gather } from "../src/index.ts";
import { makeCallback } from "./control.ts";
import { chooseTaskFactory } from "./factories.ts";
import { makeObject, reportObject } from "./objects.ts";
import type { Program } from "./program.ts";
import { exceptionText, stateText } from "./trace.ts";
import type { World } from "./world.ts";

/** Step 1: objects, callbacks, task factory, exception handler. */
export function setUp(world: World, program: Program): void {
  for (const item of program.objects) makeObject(world, item);
  for (const [name, block] of Object.entries(program.callbacks ?? {})) {
    world.callbacks.set(name, makeCallback(world, name, block));
  }
  if (program.task_factory !== undefined) chooseTaskFactory(world, program.task_factory);
  world.loop.setExceptionHandler((_loop, context) => {
    if (isOrdered(context.message)) world.log(`handler ${kindOf(context.message)} ${exceptionText(context.exception)}`);
  });
}

/** Steps 2 to 4: main as a task, run to its end. */
export function runMain(world: World): Future<unknown> {
  world.labels.addTaskName("main");
  const main = world.loop.createTask(world.coroutine("main"), { name: "main" });
  world.setAwaitable("main", main);
  runUntilDone(world, main);
  world.note(`main ${stateText(main, world.labels)}`);
  return main;
}

/** Step 5: cancels what is left, in the order of spawning, and lets it end. */
export function cancelRest(world: World, main: Future<unknown>): void {
  const rest = [main, ...world.spawned.map(({ task }) => task)].filter((task) => !task.done());
  if (rest.length === 0) return;
  for (const task of rest) task.cancel();
  runUntilDone(world, gather(rest, { returnExceptions: true }));
  world.note("finished");
}

/** Steps 6 and 7: how every task and object ended. */
export function report(world: World, program: Program): void {
  for (const { name, task } of world.spawned) world.note(`task ${name} ${stateText(task, world.labels)}`);
  for (const item of program.objects) reportObject(world, item);
}

function runUntilDone(world: World, future: Future<unknown>): void {
  try {
    world.loop.runUntilComplete(future);
  } catch (error) {
    if (error instanceof DeadlockError) world.note("deadlock");
    // A failure of the future itself shows in its state; anything else is the loop's and must not pass for it.
    else if (!future.done() && !world.closed) throw error;
  }
}

/** When these come depends on the garbage collector, so no trace has them. */
function isOrdered(message: string): boolean {
  return !/never retrieved|destroyed but it is pending|never awaited/.test(message);
}

function kindOf(message: string): string {
  if (message.includes("Exception in callback")) return "callback";
  if (message.includes("exception in shielded future")) return "shield";
  if (message.includes("its parent task")) return "taskgroup";
  return "other";
}
