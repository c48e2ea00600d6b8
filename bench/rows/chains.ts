import { type Coroutine, coroutine, run, sleep } from "yieldfrom";
import type { Row } from "../row.ts";

const WAITS = 50_000;

type Chain = (depth: number, waits: number) => Coroutine<number>;

function* bottom(waits: number): Coroutine<number> {
  let count = 0;
  for (; count < waits; count++) yield* sleep(0);
  return count;
}

const plain: Chain = function* (depth, waits) {
  return depth === 0 ? yield* bottom(waits) : yield* plain(depth - 1, waits);
};
const wrapped: Chain = coroutine(function* chain(depth: number, waits: number): Coroutine<number> {
  return depth === 0 ? yield* bottom(waits) : yield* wrapped(depth - 1, waits);
});
async function native(depth: number, waits: number): Promise<number> {
  if (depth > 0) return await native(depth - 1, waits);
  let count = 0;
  for (; count < waits; count++) await undefined;
  return count;
}

function row(kind: string, chain: Chain, depth: number, waits: number): Row {
  return {
    name: `wait under a chain ${depth} deep, ${kind}`,
    operations: waits,
    ours: () => run(chain(depth, waits)),
    native: () => native(depth, waits),
  };
}

/** Native `yield*` passes every level at each resumption, so plain chains get fewer waits as they get deeper. */
export const chainRows: readonly Row[] = [
  row("plain function*", plain, 1, WAITS),
  row("plain function*", plain, 10, WAITS),
  row("plain function*", plain, 50, WAITS / 10),
  row("coroutine()", wrapped, 1, WAITS),
  row("coroutine()", wrapped, 10, WAITS),
  row("coroutine()", wrapped, 50, WAITS),
  row("coroutine()", wrapped, 1000, WAITS),
];
