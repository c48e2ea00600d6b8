/**
 * Parks COUNT tasks of a KIND and prints the bytes each takes: `node --expose-gc memory-child.ts CORE KIND COUNT`. What holds
 * the tasks, an array, is made before the first look.
 */
import { Effect, Fiber } from "effect";
import * as effection from "effection";
import type { Awaitable, Coroutine } from "yieldfrom";
import type { Library } from "../row.ts";

const HOUR = 3_600_000;
const [core = "", kind = "", number = ""] = process.argv.slice(2);
const { createTask, Future, run, sleep } = (await import(core)) as Library;
const count = Number(number);
const held: unknown[] = new Array(count).fill(null);

function heap(): number {
  globalThis.gc?.();
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

/** A turn of the host in between, so that all have come to where they park. */
async function report(before: number): Promise<never> {
  await new Promise((resolve) => {
    setTimeout(resolve, 20);
  });
  console.log(JSON.stringify((heap() - before) / count));
  process.exit();
}

async function ours(park: () => Awaitable<unknown>): Promise<void> {
  function* parked(): Coroutine<void> {
    yield* park();
  }
  await run(function* () {
    const before = heap();
    for (let i = 0; i < count; i++) held[i] = createTask(parked());
    yield* sleep(0);
    void report(before);
    yield* sleep(HOUR);
  });
}

/** Who is to wake it must have hold of what wakes it. */
function native(park: (hold: (waker: unknown) => void) => Promise<unknown>): Promise<void> {
  async function parked(index: number): Promise<void> {
    await park((waker) => {
      held[index] = waker;
    });
  }
  const before = heap();
  for (let i = 0; i < count; i++) void parked(i);
  return report(before);
}

const KINDS: Record<string, () => Promise<unknown>> = {
  "ours, own future": () => ours(() => new Future<void>()),
  "ours, shared future": () => {
    let gate: Awaitable<void> | undefined;
    return ours(() => {
      gate ??= new Future<void>();
      return gate;
    });
  },
  "ours, sleep": () => ours(() => sleep(HOUR)),
  "native, own promise": () => native((hold) => new Promise<void>((resolve) => hold(resolve))),
  "native, sleep": () =>
    native(
      (hold) =>
        new Promise<void>((resolve) => {
          hold(resolve);
          setTimeout(resolve, HOUR);
        }),
    ),
  "native, abortable": () =>
    native(async (hold) => {
      const controller = new AbortController();
      const { signal } = controller;
      await new Promise<void>((resolve, reject) => {
        hold({ resolve, controller });
        signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      });
    }),
  effect: () =>
    Effect.runPromise(
      Effect.gen(function* () {
        const before = heap();
        for (let i = 0; i < count; i++) held[i] = yield* Effect.forkChild(Effect.never);
        yield* Effect.promise(() => report(before));
        yield* Fiber.join(held[0] as Fiber.Fiber<never>);
      }),
    ),
  effection: () =>
    Promise.resolve(
      effection.run(function* () {
        const before = heap();
        for (let i = 0; i < count; i++) held[i] = yield* effection.spawn(() => effection.suspend());
        yield* effection.until(report(before));
      }),
    ),
};

const program = KINDS[kind];
if (program === undefined) throw new Error(`Expected a kind of ${Object.keys(KINDS).join("; ")}, got ${kind}`);
await program();
