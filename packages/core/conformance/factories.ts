/** The task factories a program can choose between. */
import { Task } from "../src/index.ts";
import { type FactoryLoop, later, type TaskFactory } from "./later.ts";
import type { FactoryKind } from "./program.ts";
import type { World } from "./world.ts";

export function chooseTaskFactory(world: World, kind: FactoryKind): void {
  const loop = world.loop as unknown as FactoryLoop;
  if (kind === "none") loop.setTaskFactory(null);
  else loop.setTaskFactory(kind === "eager" ? later("eagerTaskFactory") : loggingFactory(world));
}

/** Logs, then makes an ordinary task with all the arguments it was given. */
function loggingFactory(world: World): TaskFactory {
  return (loop, coro, options) => {
    world.log(`factory ${options?.name ?? "-"}`);
    return new Task(coro, { ...options, loop });
  };
}
