/** Functions that the tests run in worker threads. */
import { appendFileSync, existsSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { threadId } from "node:worker_threads";

export const notAFunction = 42;

export class Shape {
  readonly sides = 4;
}

export function add(a: number, b: number): number {
  return a + b;
}

export function greet(name: string, greeting = "hello"): string {
  return `${greeting} ${name}`;
}

export async function addLater(a: number, b: number): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, 1));
  return a + b;
}

export function nothing(): void {}

export function where(): string {
  return `${process.pid}/${threadId}`;
}

/** Say that the job has begun, and wait until the test opens the gate (a folder, see ../gate.ts). */
export async function holdAt(gate: string, name: string): Promise<string> {
  appendFileSync(join(gate, "arrived"), `${name}\n`);
  while (!existsSync(join(gate, "open"))) await new Promise((resolve) => setTimeout(resolve, 1));
  return name;
}

/** Say that the job has begun. */
export function arrive(gate: string, name: string): string {
  appendFileSync(join(gate, "arrived"), `${name}\n`);
  return name;
}

/** Add 1 to a number in shared memory. */
export function increment(shared: Int32Array): void {
  Atomics.add(shared, 0, 1);
}

export function save(path: string, text: string): void {
  writeFileSync(path, text);
}

export function reverse(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return bytes.reverse();
}

export function echo(value: unknown): unknown {
  return value;
}

export function print(lines: number): void {
  for (let i = 0; i < lines; i++) console.log(`line ${i}`);
}

export function identity<T>(value: T): T {
  return value;
}

/** With two properties of its own, a cause, and something no thread can receive. */
export class ShopError extends RangeError {
  override readonly name = "ShopError";
  readonly code = "E_SHOP";
  readonly item: { id: number };
  readonly retry = () => this.item;

  constructor(id: number) {
    super(`no item ${id}`, { cause: new TypeError("the shelf is empty") });
    this.item = { id };
  }
}

export function fail(id: number): never {
  throw new ShopError(id);
}

export async function readMissing(path: string): Promise<string> {
  return await readFile(path, "utf8");
}

export function failWithGroup(): never {
  throw new AggregateError([new ShopError(1), "plain"], "several");
}

export function failInCircle(): never {
  const error = new Error("round");
  error.cause = error;
  throw error;
}

export function throwValue(value: unknown): never {
  throw value;
}

export function throwFunction(): never {
  throw () => 1;
}

export function abort(): void {
  AbortSignal.abort().throwIfAborted();
}

export function returnFunction(): unknown {
  return () => 1;
}

export function* countUp(to: number): Generator<number> {
  for (let i = 0; i < to; i++) yield i;
}

export function exit(code: number): never {
  process.exit(code);
}

export async function rejectElsewhere(): Promise<void> {
  void Promise.reject(new Error("nobody caught this"));
  await new Promise((resolve) => setTimeout(resolve, 1000));
}

/** Return now, and end the thread a moment later. */
export function dieLater(): void {
  setTimeout(() => {
    throw new Error("thrown between jobs");
  }, 1);
}
