import type { Coroutine } from "yieldfrom";
import { NativeQueue } from "../native/sync.ts";
import { type Library, type Row, sumBelow, total, type Work } from "../row.ts";

const CAPACITY = 10;

/** `sides` producers and as many consumers; each number from 0 to `count` goes through once. */
function ours({ run, gather, createTask, Queue }: Library, sides: number): Work {
  return (count) =>
    run(function* () {
      const items = new Queue<number>(CAPACITY);
      const each = count / sides;
      function* producer(first: number): Coroutine<void> {
        for (let i = first; i < first + each; i++) yield* items.put(i);
      }
      function* consumer(): Coroutine<number> {
        let sum = 0;
        for (let i = 0; i < each; i++) sum += yield* items.get();
        return sum;
      }
      const producers = Array.from({ length: sides }, (_, side) => createTask(producer(side * each)));
      const sums = yield* gather(Array.from({ length: sides }, consumer));
      yield* gather(producers);
      return total(sums);
    });
}

async function native(sides: number, count: number): Promise<number> {
  const items = new NativeQueue<number>(CAPACITY);
  const each = count / sides;
  async function producer(first: number): Promise<void> {
    for (let i = first; i < first + each; i++) await items.put(i);
  }
  async function consumer(): Promise<number> {
    let sum = 0;
    for (let i = 0; i < each; i++) sum += await items.get();
    return sum;
  }
  const producers = Array.from({ length: sides }, (_, side) => producer(side * each));
  const sums = await Promise.all(Array.from({ length: sides }, consumer));
  await Promise.all(producers);
  return total(sums);
}

function row(sides: number, id: string, who: string): Row {
  return {
    id,
    name: `queue of ${CAPACITY}, ${who}`,
    group: "coordination",
    operations: 100_000,
    unit: sides,
    limit: 0.5,
    expected: sumBelow,
    ours: (library) => ours(library, sides),
    native: (count) => native(sides, count),
  };
}

export const rows: readonly Row[] = [
  row(1, "queue", "one producer, one consumer"),
  row(10, "queue-many", "10 producers, 10 consumers"),
];
