import { type Coroutine, sleep } from "yieldfrom";
import type { Scene } from "./scene.ts";
import { engineScenes } from "./scenes-engine.ts";
import { waitScenes } from "./scenes-waits.ts";

/** What the measurement must find: one small object is kept for every hundred operations. */
const leaky: Scene = {
  operations: 10_000_000,
  loop: "host",
  make() {
    const kept: object[] = [];
    return function* (count): Coroutine<void> {
      for (let done = 0; done < count; done++) {
        if (done % 100 === 0) kept.push([done]);
        if (done % 1000 === 0) yield* sleep(0);
      }
    };
  },
};

export const scenes: Readonly<Record<string, Scene>> = { ...engineScenes, ...waitScenes, leaky };
