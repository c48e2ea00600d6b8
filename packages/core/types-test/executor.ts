/** A function for an executor is called with its own arguments, and gives what it gives or promises. */
import { type ExecutorFunction, type Future, getRunningLoop } from "yieldfrom";
import { type Equal, expect } from "./expect.ts";

declare const saveFlag: ExecutorFunction<[cc: string, image: Uint8Array], number>;
declare const fetchFlag: ExecutorFunction<[cc: string], Promise<Uint8Array>>;

export function* offTheLoop(image: Uint8Array) {
  const loop = getRunningLoop();
  const future = loop.runInExecutor(null, saveFlag, "CN", image);
  expect<Equal<typeof future, Future<number>>>();
  const a = yield* future;
  expect<Equal<typeof a, number>>();
  const b = yield* loop.runInExecutor(null, fetchFlag, "CN");
  expect<Equal<typeof b, Uint8Array>>();
  // @ts-expect-error
  loop.runInExecutor(null, saveFlag, "CN");
  // @ts-expect-error
  loop.runInExecutor(null, saveFlag, image, "CN");
}
