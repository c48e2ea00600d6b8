/** A spinner turns while a slow function is waited for; both are coroutines (the seed's 18-2). */

import * as asyncio from "yieldfrom";
import { readSeconds } from "./seconds.ts";

const seconds = readSeconds();

const spin = asyncio.coroutine(function* spin(msg: string) {
  let status = "";
  for (const char of cycle("|/-\\")) {
    status = `${char} ${msg}`;
    process.stdout.write(status + "\b".repeat(status.length));
    try {
      yield* asyncio.sleep(100);
    } catch (error) {
      if (error instanceof asyncio.CancelledError) break;
      throw error;
    }
  }
  process.stdout.write(" ".repeat(status.length) + "\b".repeat(status.length));
});

const slowFunction = asyncio.coroutine(function* slowFunction() {
  yield* asyncio.sleep(seconds * 1000);
  return 42;
});

function* supervisor() {
  const spinner = asyncio.async(spin("thinking!"));
  console.log("spinner object:", spinner);
  const result = yield* slowFunction();
  spinner.cancel();
  return result;
}

function* cycle(text: string) {
  for (;;) yield* text;
}

const loop = asyncio.getEventLoop();
console.log("Answer:", await loop.runUntilComplete(supervisor()));
loop.close();
