/**
 * The parts of asyncio that the library may not have yet, in the shape the programs use. Everything else is
 * imported by name; what has landed moves there, and when this file is empty it goes.
 */
import type { Awaitable, Coroutine, Lock, Queue, Task, VirtualEventLoop } from "../src/index.ts";
import * as asyncio from "../src/index.ts";
import type { Scalar } from "./program.ts";

export type ErrorClass = abstract new (...args: never[]) => Error;

export interface Condition {
  acquire(): Awaitable<unknown>;
  release(): void;
  locked(): boolean;
  wait(): Awaitable<unknown>;
  waitFor(predicate: () => boolean): Awaitable<unknown>;
  notify(n?: number): void;
  notifyAll(): void;
}

export interface Barrier {
  readonly parties: number;
  readonly nWaiting: number;
  readonly broken: boolean;
  wait(): Awaitable<number>;
  reset(): Awaitable<void>;
  abort(): Awaitable<void>;
}

export interface Context {
  bind<F>(fn: F): F;
}

export interface ContextVar {
  get(): Scalar;
  set(value: Scalar): unknown;
  reset(token: unknown): void;
}

/** What every queue is to have. */
export interface ShutdownQueue {
  shutdown(immediate?: boolean): void;
}

export interface SpawnOptions {
  name?: string;
  eagerStart?: boolean;
  context?: Context;
}

export type TaskFactory = (loop: VirtualEventLoop, coro: Coroutine<Scalar>, options?: SpawnOptions) => Task<Scalar>;

/** What every loop is to have. */
export interface FactoryLoop {
  setTaskFactory(factory: TaskFactory | null): void;
}

interface LaterExports {
  Condition: new (lock?: Lock) => Condition;
  Barrier: new (parties: number) => Barrier;
  LifoQueue: new (maxsize?: number) => Queue<Scalar>;
  PriorityQueue: new (maxsize?: number) => Queue<Scalar>;
  ContextVar: new (name: string, options: { default: Scalar }) => ContextVar;
  copyContext: () => Context;
  eagerTaskFactory: TaskFactory;
  QueueShutDown: ErrorClass;
  BrokenBarrierError: ErrorClass;
}

const exported: Partial<LaterExports> = asyncio as object;

/** Whether the library exports it. */
export function has(name: keyof LaterExports): boolean {
  return name in asyncio;
}

/** What the library exports under that name. Programs that need what is missing are not run, so it is there. */
export function later<K extends keyof LaterExports>(name: K): LaterExports[K] {
  const value = exported[name];
  if (value === undefined) throw new Error(`yieldfrom does not export ${name}, which this program needs`);
  return value as LaterExports[K];
}
