/**
 * How late timers and bytes are served while many tasks are always ready: `node latency-child.ts CORE LIBRARY SECONDS`. Prints the
 * delays, in milliseconds.
 */
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { Worker } from "node:worker_threads";
import { Effect } from "effect";
import type { Coroutine } from "yieldfrom";
import type { Library } from "../row.ts";

const READY = 100_000;
const [core = "", library = "", seconds = ""] = process.argv.slice(2);
const { createTask, gather, run, sleep } = (await import(core)) as Library;
/** When the load is up, and the loops have been optimised. */
const WARM = 500;

const delays: Record<"timer" | "hostTimer" | "byte", number[]> = { timer: [], hostTimer: [], byte: [] };
let ended = false;
let warm = false;
let turns = 0;

function note(list: number[], delay: number): void {
  if (warm && !ended) list.push(Math.max(0, delay));
}

function hostTimer(): void {
  const start = performance.now();
  setTimeout(() => {
    note(delays.hostTimer, performance.now() - start - 1);
    if (!ended) hostTimer();
  }, 1);
}

const server = createServer((socket) => {
  socket.on("data", (data: Buffer) => {
    for (let at = 0; at + 8 <= data.length; at += 8) {
      note(delays.byte, Number(process.hrtime.bigint() - data.readBigInt64LE(at)) / 1e6);
    }
  });
}).listen(0, "127.0.0.1");
await once(server, "listening");
const sender = new Worker(new URL("latency-sender.ts", import.meta.url), {
  workerData: (server.address() as AddressInfo).port,
});
setTimeout(() => {
  warm = true;
  hostTimer();
  setTimeout(() => {
    ended = true;
  }, Number(seconds) * 1000);
}, WARM);

const LIBRARIES: Record<string, () => Promise<unknown>> = {
  ours: () => {
    function* busy(): Coroutine<void> {
      while (!ended) {
        yield* sleep(0);
        turns++;
      }
    }
    function* timer(): Coroutine<void> {
      while (!ended) {
        const start = performance.now();
        yield* sleep(1);
        note(delays.timer, performance.now() - start - 1);
      }
    }
    return run(function* () {
      const timers = createTask(timer());
      yield* gather(Array.from({ length: READY }, busy));
      yield* timers;
    });
  },
  effect: () => {
    const busy = Effect.gen(function* () {
      while (!ended) {
        yield* Effect.yieldNow;
        turns++;
      }
    });
    const timer = Effect.gen(function* () {
      while (!ended) {
        const start = performance.now();
        yield* Effect.sleep(1);
        note(delays.timer, performance.now() - start - 1);
      }
    });
    const all = Array.from({ length: READY }, () => busy);
    return Effect.runPromise(Effect.all([timer, ...all], { concurrency: "unbounded", discard: true }));
  },
};
await LIBRARIES[library]!();
await sender.terminate();
console.log(JSON.stringify({ delays, turns: Math.round(turns / (Number(seconds) + WARM / 1000)) }));
process.exit();
