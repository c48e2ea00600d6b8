/** The process that runs the examples, one after the other; a line of JSON on standard output for each. */

import { writeSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { pathToFileURL } from "node:url";
import { format } from "node:util";
import { forgetTimers } from "./clock.ts";
import type { Outcome, Printed } from "./expected.ts";
import { hangUp, openSite } from "./site.ts";

/** Milliseconds of real time that one may take. */
const LONGEST = 20_000;

let printed: Printed[] = [];
let file = "";
let fail: (error: unknown) => void = () => {};
const { setTimeout: realTimeout, clearTimeout: clearRealTimeout } = process.getBuiltinModule("node:timers");

for (const [name, isError] of Object.entries({ log: false, info: false, error: true, warn: true })) {
  Object.assign(console, {
    [name]: (...parts: unknown[]) =>
      printed.push({ line: lineOf(new Error(), isError), text: format(...parts), isError }),
  });
}
process.stdout.write = (text: string | Uint8Array) => {
  const whole = typeof text === "string" ? text : new TextDecoder().decode(text);
  printed.push({ line: lineOf(new Error()), text: whole.replace(/\n$/, ""), isError: false });
  return true;
};
process.on("uncaughtException", (error) => fail(error));
process.on("unhandledRejection", (error) => {
  if (process.listenerCount("unhandledRejection") === 1) fail(error);
});
process.on("warning", (warning) => printed.push({ line: null, text: String(warning), isError: true }));

await openSite();
syncBuiltinESMExports();
const files = process.argv.splice(2);
process.argv.push("https://pages.example/a", "https://pages.example/b", "https://pages.example/c");

for (const next of files) {
  file = next;
  printed = [];
  let outcome: Outcome = { printed, thrown: null, thrownAt: null };
  try {
    await new Promise((resolve, reject) => {
      fail = reject;
      const tooLong = realTimeout(() => reject(new Error(`it has not ended after ${LONGEST} ms`)), LONGEST).unref();
      import(pathToFileURL(next).href).then(resolve, reject).finally(() => clearRealTimeout(tooLong));
    });
  } catch (error) {
    outcome = { ...outcome, thrown: String(error), thrownAt: lineOf(error) };
  }
  // What a program does as it ends belongs to it.
  await new Promise((resolve) => setImmediate(resolve));
  writeSync(1, `${JSON.stringify({ file: next, outcome })}\n`);
  forgetTimers();
  hangUp();
}
process.exit();

/** The line of the example in a stack; if `direct`, only if the example itself made the call, and not what it called. */
function lineOf(error: unknown, direct = false): number | null {
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  const frames = stack.split("\n").filter((line) => /^ +at /.test(line) && !line.includes("checks/examples/runner.ts"));
  const at = (direct ? frames.slice(0, 1) : frames).find((line) => line.includes(file));
  return at === undefined ? null : Number(/:(\d+):\d+\)?$/.exec(at)?.[1] ?? 0) || null;
}
