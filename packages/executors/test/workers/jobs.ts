/** Functions that the tests run in worker threads. */
import { appendFileSync, existsSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type MessagePort, threadId } from "node:worker_threads";
import { jobSignal, transfer } from "../../src/worker.ts";

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

/** Say that the job has begun, wait until it is aborted, and say so. */
export async function holdUntilAborted(gate: string, name: string): Promise<string> {
  const signal = jobSignal();
  arrive(gate, name);
  await new Promise((resolve) => {
    const alive = setInterval(() => {}, 1000);
    signal.addEventListener("abort", () => resolve(clearInterval(alive)));
  });
  return arrive(gate, `${name} ended`);
}

/** The same, never awaiting. */
export function spinUntilAborted(gate: string, name: string): string {
  arrive(gate, name);
  while (!jobSignal().aborted);
  return arrive(gate, `${name} ended`);
}

/** Say that the job has begun, and never end. */
export function spin(gate: string, name: string): never {
  arrive(gate, name);
  for (;;);
}

/** The same, awaiting. */
export async function hang(gate: string, name: string): Promise<never> {
  arrive(gate, name);
  for (;;) await new Promise((resolve) => setTimeout(resolve, 1000));
}

/** Whether this job is aborted. */
export async function isAborted(): Promise<boolean> {
  await new Promise((resolve) => setImmediate(resolve));
  return jobSignal().aborted;
}

let setting = "none";

/** An initializer. */
export function setUp(gate: string, value: string): void {
  arrive(gate, `set up ${where()}`);
  setting = value;
}

export async function setUpLater(gate: string, value: string): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 1));
  setUp(gate, value);
}

export function failToSetUp(): never {
  throw new ShopError(3);
}

export function readSetting(): string {
  return setting;
}

/** Its bytes, moved here and back. */
export function invert(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  for (let i = 0; i < bytes.length; i++) bytes[i] = 255 - (bytes[i] ?? 0);
  return transfer(bytes);
}

let kept = new Uint8Array(0);

export function keep(bytes: Uint8Array<ArrayBuffer>): number {
  kept = bytes;
  return kept.length;
}

export function giveBack(): Uint8Array {
  return transfer(kept);
}

export function keptLength(): number {
  return kept.length;
}

export function answerAt({ port, text }: { port: MessagePort; text: string }): void {
  port.postMessage(text);
  port.close();
}

export async function readAll(stream: ReadableStream<string>): Promise<string> {
  let text = "";
  for await (const chunk of stream) text += chunk;
  return text;
}

export function endless(): never {
  for (;;);
}

export function nestedTransfer(): object {
  return { bytes: transfer(new Uint8Array(1)) };
}

/** Fail for one number, hand the others back. */
export function failFor(bad: number, n: number): number {
  if (n === bad) throw new RangeError(`not ${n}`);
  return n;
}

export function resultOrFunction(n: number): unknown {
  return n === 2 ? () => n : n;
}

export function fillMemory(): number {
  const held: unknown[] = [];
  for (;;) held.push(new Array(100_000).fill(held.length));
}
