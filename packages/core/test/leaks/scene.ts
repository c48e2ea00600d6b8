import type { Coroutine, EventLoop } from "yieldfrom";

/** Something that a long-lived program does again and again, and that must leave nothing behind. */
export interface Scene {
  /** How often it is done in all. */
  readonly operations: number;
  /** The loop it runs on: a virtual one where time must pass. */
  readonly loop: "host" | "virtual";
  /** Bytes that the heap may swing by, where something is swept out now and then. */
  readonly allowed?: number;
  /**
   * Called once, within the loop: makes what lives as long as the program. The function it returns does the thing `count`
   * times.
   */
  readonly make: (loop: EventLoop) => (count: number) => Coroutine<void>;
}

/** What the process of a scene prints. */
export interface Measured {
  /** Bytes of heap in use after each tenth of the operations, when all garbage has been collected. */
  readonly heap: readonly number[];
  readonly seconds: number;
}
