/**
 * A task waits again and again under a chain of callers that stay where they are. Native `yield*` passes every level at
 * each resumption, whatever a library does, so plain chains get fewer waits as they get deeper; `coroutine()` is the way
 * out of that.
 */
import type { Coroutine } from "yieldfrom";
import { type Library, type Row, same, type Work } from "../row.ts";

const WAITS = 50_000;

async function native(depth: number, waits: number): Promise<number> {
  if (depth > 0) return await native(depth - 1, waits);
  let count = 0;
  for (; count < waits; count++) await undefined;
  return count;
}

type Chain = (depth: number, waits: number) => Coroutine<number>;

function plain({ run, sleep }: Library, depth: number): Work {
  const chain: Chain = function* (depth, waits) {
    if (depth > 0) return yield* chain(depth - 1, waits);
    let count = 0;
    for (; count < waits; count++) yield* sleep(0);
    return count;
  };
  return (waits) => run(chain(depth, waits));
}

function wrapped({ run, sleep, coroutine }: Library, depth: number): Work {
  const chain: Chain = coroutine(function* chain(depth: number, waits: number): Coroutine<number> {
    if (depth > 0) return yield* chain(depth - 1, waits);
    let count = 0;
    for (; count < waits; count++) yield* sleep(0);
    return count;
  });
  return (waits) => run(chain(depth, waits));
}

function row(kind: "plain" | "coroutine", depth: number, operations: number): Row {
  return {
    id: `chain-${kind}-${depth}`,
    name: `wait under a chain ${depth.toLocaleString("en")} deep, ${kind === "plain" ? "plain function*" : "coroutine()"}`,
    group: "chains",
    operations,
    unit: 1,
    limit: 1.1,
    ...(kind === "plain" && depth > 1 && { notInMean: "the language's own cost: native yield* passes every level" }),
    expected: same,
    ours: (library) => (kind === "plain" ? plain : wrapped)(library, depth),
    native: (waits) => native(depth, waits),
  };
}

export const rows: readonly Row[] = [
  row("plain", 1, WAITS),
  row("plain", 10, WAITS),
  row("plain", 50, WAITS / 10),
  row("plain", 1000, WAITS / 25),
  row("coroutine", 1, WAITS),
  row("coroutine", 10, WAITS),
  row("coroutine", 50, WAITS),
  row("coroutine", 1000, WAITS),
];
