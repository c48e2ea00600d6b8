/** Functions that the tests run in worker processes only. */
import { appendFileSync, existsSync, writeSync } from "node:fs";
import { join } from "node:path";
import { jobSignal } from "../../src/worker.ts";

export function pid(): number {
  return process.pid;
}

/** Say the id of the process. */
export function arrivePid(gate: string): void {
  appendFileSync(join(gate, "arrived"), `${process.pid}\n`);
}

/** Say the id of the process, and wait until the test opens the gate. */
export async function hold(gate: string): Promise<number> {
  appendFileSync(join(gate, "arrived"), `${process.pid}\n`);
  while (!existsSync(join(gate, "open"))) await new Promise((resolve) => setTimeout(resolve, 1));
  return process.pid;
}

/** The same, deaf to SIGTERM. */
export async function holdOn(gate: string): Promise<number> {
  process.on("SIGTERM", () => appendFileSync(join(gate, "arrived"), "SIGTERM\n"));
  return await hold(gate);
}

/** Say the id of the process, and never come back. */
export function loop(gate: string): never {
  appendFileSync(join(gate, "arrived"), `${process.pid}\n`);
  for (;;);
}

/** Wait for the job's signal, say so, and return. */
export async function untilAborted(gate: string): Promise<string> {
  const signal = jobSignal();
  appendFileSync(join(gate, "arrived"), `${process.pid}\n`);
  // A signal alone keeps no process alive, but the channel does.
  await new Promise((resolve) => signal.addEventListener("abort", resolve));
  appendFileSync(join(gate, "arrived"), "aborted\n");
  return "aborted";
}

export function crash(): never {
  process.abort();
}

export function devour(): number {
  const kept: unknown[] = [];
  for (;;) kept.push(new Array(100_000).fill(kept.length));
}

/** Return, and then never come back. */
export function loopLater(): number {
  setTimeout(() => {
    for (;;);
  }, 1);
  return process.pid;
}

/** Write into the channel, where nobody but the worker should, and never return. */
export function scribble(bytes: readonly number[]): Promise<never> {
  writeSync(3, Uint8Array.from([bytes.length, 0, 0, 0, ...bytes]));
  return new Promise(() => {});
}

export function throwLater(): Promise<never> {
  setTimeout(() => {
    throw new RangeError("thrown by a timer");
  }, 1);
  return new Promise(() => {});
}

/** What is its own: what a module finds in a process that is not a child of fork(). */
export async function surroundings(): Promise<object> {
  const { POOL_TEST: env } = process.env;
  let input = 0;
  for await (const chunk of process.stdin) input += chunk.length;
  return {
    send: typeof process.send,
    input,
    execArgv: process.execArgv,
    env,
    cwd: process.cwd(),
  };
}

let greeting = "none";

export function greet(text: string): void {
  greeting = text;
}

export function greeted(): string {
  return `${greeting} ${process.pid}`;
}

export function refuse(why: string): never {
  throw new RangeError(why);
}

export function byteLength(bytes: Uint8Array): number {
  return bytes.length;
}

export function zeros(length: number): Uint8Array {
  return new Uint8Array(length);
}

export function makeBlob(): Blob {
  return new Blob(["a"]);
}

export function makeShared(): { memory: SharedArrayBuffer } {
  return { memory: new SharedArrayBuffer(4) };
}

export function throwShared(): never {
  throw Object.assign(new Error("with memory"), { memory: new SharedArrayBuffer(4), port: 80 });
}
