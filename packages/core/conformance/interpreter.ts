/** Runs a conformance program on a fresh virtual loop. */
import { runCoroutine } from "./control.ts";
import { cancelRest, report, runMain, setUp } from "./harness.ts";
import type { Program } from "./program.ts";
import { World } from "./world.ts";

/** The trace the program leaves, one string a line: `TIME WHO TEXT`. */
export function runProgram(program: Program): string[] {
  const blocks = new Map(Object.entries(program.coroutines)).set("main", program.main);
  const world = new World((within, name) => {
    const block = blocks.get(name);
    if (block === undefined) throw new Error(`Program ${program.id} has no coroutine ${name}`);
    return runCoroutine(within, name, block);
  });
  setUp(world, program);
  const main = runMain(world);
  if (program.finish === "cancel" && !world.closed) cancelRest(world, main);
  report(world, program);
  world.closed = true;
  world.loop.close();
  return world.lines;
}
