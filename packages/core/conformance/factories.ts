/** The task factories a program can choose between. */
import { eagerTaskFactory, Task, type TaskFactory } from "../src/index.ts";
import type { FactoryKind } from "./program.ts";
import type { World } from "./world.ts";

export function chooseTaskFactory(world: World, kind: FactoryKind): void {
  if (kind === "none") world.loop.setTaskFactory(null);
  else world.loop.setTaskFactory(kind === "eager" ? eagerTaskFactory : loggingFactory(world));
}

/** Logs, then makes an ordinary task with all the arguments it was given. */
function loggingFactory(world: World): TaskFactory {
  return (loop, coro, options) => {
    world.log(`factory ${options?.name ?? "-"}`);
    return new Task(coro, { ...options, loop });
  };
}
