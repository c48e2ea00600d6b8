/** What a program works on: its loop, its tables of names, and the trace it leaves. */
import type {
  Barrier,
  BoundedSemaphore,
  Condition,
  Context,
  ContextVar,
  Coroutine,
  Event,
  Future,
  Lock,
  Semaphore,
  Task,
  TaskGroup,
  Timeout,
  Token,
} from "../src/index.ts";
import { currentTask, type Handle, type Queue, VirtualEventLoop } from "../src/index.ts";
import type { Scalar, SpawnFields, Test } from "./program.ts";
import { Labels } from "./trace.ts";

/** Far above any trace on file; a program that gets here is going round in circles. */
const LONGEST_TRACE = 20_000;

/** Thrown by a look-up: the op that asked is skipped. */
export class UnknownName extends Error {}

/** A table shared by all coroutines and callbacks of a program; a name set again refers to the newest thing. */
export class Table<T> {
  readonly #entries = new Map<string, T>();

  set(name: string, thing: T): void {
    this.#entries.set(name, thing);
  }

  has(name: string): boolean {
    return this.#entries.has(name);
  }

  get(name: string): T {
    const thing = this.#entries.get(name);
    if (thing === undefined) throw new UnknownName(name);
    return thing;
  }
}

export type Callback = (...args: Future<unknown>[]) => void;
export type Acquirable = Lock | Condition | Semaphore | BoundedSemaphore;

export class World {
  /** A new coroutine of that name, not started. */
  readonly coroutine: (name: string) => Coroutine<unknown>;
  readonly loop = new VirtualEventLoop();
  readonly labels = new Labels();
  readonly lines: string[] = [];
  /** Set when the trace is complete or too long: nothing is written from then on. */
  closed = false;

  readonly #awaitables = new Table<Future<unknown>>();
  readonly contexts = new Table<Context>();
  readonly tokens = new Table<{ variable: ContextVar<Scalar>; token: Token<Scalar> }>();
  readonly handles = new Table<Handle>();
  readonly timeouts = new Table<Timeout>();
  readonly groups = new Table<TaskGroup>();

  readonly acquirables = new Table<Acquirable>();
  readonly locks = new Table<Lock>();
  readonly events = new Table<Event>();
  readonly conditions = new Table<Condition>();
  readonly barriers = new Table<Barrier>();
  readonly queues = new Table<Queue<Scalar>>();
  readonly counters = new Table<number>();
  readonly variables = new Table<ContextVar<Scalar>>();
  readonly callbacks = new Table<Callback>();

  /** In the order in which their `spawn` ops completed, with the names they were created with. */
  readonly spawned: { name: string; task: Task<unknown> }[] = [];
  readonly #uses = new Map<string, number>();

  constructor(coroutine: (world: World, name: string) => Coroutine<unknown>) {
    this.coroutine = (name) => coroutine(this, name);
  }

  /** A line of the running task or callback. */
  log(text: string): void {
    const task = currentTask(this.loop);
    this.#write(task ? this.labels.of(task) : "cb", text);
  }

  /** A line of the harness's own. */
  note(text: string): void {
    this.#write("--", text);
  }

  #write(who: string, text: string): void {
    if (this.closed) return;
    this.lines.push(`${this.loop.time()} ${who} ${text}`);
    if (this.lines.length < LONGEST_TRACE) return;
    this.lines.push(`stopped after ${LONGEST_TRACE} lines`);
    this.closed = true;
    this.loop.stop();
  }

  /** The awaitable of that name; `self` is the current task. */
  awaitable(name: string): Future<unknown> {
    if (name !== "self") return this.#awaitables.get(name);
    const task = currentTask(this.loop);
    if (!task) throw new UnknownName(name);
    return task;
  }

  setAwaitable(name: string, future: Future<unknown>): void {
    this.#awaitables.set(name, future);
    this.labels.add(future, name);
  }

  /**
   * Makes a task under the op's name, or `NAME.2`, `NAME.3` … where the name was used before, and enters it into
   * the tables. The name counts as used while the task is made, because an eager one may spawn others of that name.
   */
  spawn(fields: SpawnFields, create: (name: string) => Task<unknown>): string | null {
    const uses = (this.#uses.get(fields.name) ?? 0) + 1;
    const name = uses === 1 ? fields.name : `${fields.name}.${uses}`;
    this.#uses.set(fields.name, uses);
    this.labels.addTaskName(name);
    let task: Task<unknown>;
    try {
      task = create(name);
    } catch (error) {
      this.#uses.set(fields.name, uses - 1);
      throw error;
    }
    this.setAwaitable(fields.name, task);
    this.spawned.push({ name, task });
    return uses === 1 ? null : name;
  }

  /** The one function of that name; with a context, that function in it. */
  callback({ cb, ctx }: { cb: string; ctx?: string }): Callback {
    const callback = this.callbacks.get(cb);
    return ctx === undefined ? callback : this.contexts.get(ctx).bind(callback);
  }

  keepHandle(name: string | undefined, handle: Handle): void {
    if (name !== undefined) this.handles.set(name, handle);
  }

  test({ n, cmp, v }: Test): boolean {
    const counter = this.counters.get(n);
    switch (cmp) {
      case "==":
        return counter === v;
      case "!=":
        return counter !== v;
      case "<":
        return counter < v;
      case "<=":
        return counter <= v;
      case ">":
        return counter > v;
      case ">=":
        return counter >= v;
    }
  }
}
