/**
 * The same with a thread (the seed's comparison, 18-1): the slow function blocks one of its own, and the spinner turns
 * in the main one. A Promise can't be cancelled, so the spinner has to look at a signal, and to be waited for.
 */

import { setTimeout as sleep } from "node:timers/promises";
import { ThreadPoolExecutor, workerModule } from "@yieldfrom/executors";
import { readSeconds } from "./seconds.ts";

const seconds = readSeconds();
const slow = workerModule<typeof import("./slow.ts")>(new URL("./slow.ts", import.meta.url));

async function spin(msg: string, signal: AbortSignal) {
  let status = "";
  for (const char of cycle("|/-\\")) {
    status = `${char} ${msg}`;
    process.stdout.write(status + "\b".repeat(status.length));
    await sleep(100);
    if (signal.aborted) break;
  }
  process.stdout.write(" ".repeat(status.length) + "\b".repeat(status.length));
}

async function supervisor() {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const stop = new AbortController();
  const spinner = spin("thinking!", stop.signal);
  console.log("spinner object:", spinner);
  try {
    return await pool.submit(slow.slowFunction, seconds);
  } finally {
    stop.abort();
    await spinner;
  }
}

function* cycle(text: string) {
  for (;;) yield* text;
}

console.log("Answer:", await supervisor());
