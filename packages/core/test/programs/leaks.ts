/** Plays the scene that is named, and prints as JSON how much heap is in use after each tenth of it. Needs --expose-gc. */
import { type Coroutine, from, HostEventLoop, VirtualEventLoop } from "yieldfrom";
import type { Measured } from "../leaks/scene.ts";
import { scenes } from "../leaks/scenes.ts";

const collect = (globalThis as unknown as { gc: () => void }).gc;
const [, , name = ""] = process.argv;
const scene = scenes[name];
if (scene === undefined) throw new RangeError(`no scene is called ${name}`);
const loop = scene.loop === "host" ? new HostEventLoop() : new VirtualEventLoop();

/** Collects until it makes no difference; on the host's loop with turns of the host between, in which finalizers run. */
function* heapInUse(): Coroutine<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 4; round++) {
    collect();
    if (scene!.loop === "host") yield* from(new Promise((resolve) => setImmediate(resolve)));
    least = Math.min(least, process.memoryUsage().heapUsed);
  }
  return least;
}

function* main(): Coroutine<Measured> {
  const perform = scene!.make(loop);
  const start = performance.now();
  const heap: number[] = [];
  for (let tenth = 0; tenth < 10; tenth++) {
    yield* perform(scene!.operations / 10);
    heap.push(yield* heapInUse());
  }
  return { heap, seconds: (performance.now() - start) / 1000 };
}

console.log(JSON.stringify(await loop.runUntilComplete(main())));
loop.close();
