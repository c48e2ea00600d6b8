/** How exceptions, values and states are written in a trace. */
import * as asyncio from "../src/index.ts";
import type { ExceptionName, Handler, RaisedName } from "./program.ts";

/** The two exception classes of the programs themselves. */
export class E1 extends Error {}
export class E2 extends Error {}

/** Most derived first, so that an error is called by its own class and not by its base. */
const classes = new Map<ExceptionName, abstract new (...args: never[]) => Error>([
  ["E1", E1],
  ["E2", E2],
  ["CancelledError", asyncio.CancelledError],
  ["TimeoutError", asyncio.TimeoutError],
  ["InvalidStateError", asyncio.InvalidStateError],
  ["QueueEmpty", asyncio.QueueEmpty],
  ["QueueFull", asyncio.QueueFull],
  ["QueueShutDown", asyncio.QueueShutDown],
  ["BrokenBarrierError", asyncio.BrokenBarrierError],
  ["RuntimeError", asyncio.RuntimeError],
  ["ExceptionGroup", asyncio.ExceptionGroup],
  ["ValueError", RangeError],
  ["TypeError", TypeError],
]);

/** The exception that a `raise` or `set_exception` op names. */
export function makeException(name: RaisedName, message?: string): Error {
  const made = { E1, E2, CancelledError: asyncio.CancelledError, TimeoutError: asyncio.TimeoutError };
  return new made[name](message);
}

/** Whether an `except` clause of that type catches the error. */
export function matches(error: unknown, type: Handler["types"][number]): boolean {
  if (type === "Exception") return error instanceof Error && !(error instanceof asyncio.CancelledError);
  const named = classes.get(type);
  return named !== undefined && error instanceof named;
}

export function exceptionText(error: unknown): string {
  if (!(error instanceof Error)) return `thrown ${String(error)}`;
  const name = nameOf(error);
  if (name === "E1" || name === "E2") return `${name}:${error.message}`;
  if (name === "CancelledError" && error.message !== "") return `${name}:${error.message}`;
  if (error instanceof asyncio.ExceptionGroup) return `${name}[${error.errors.map(exceptionText).sort().join(", ")}]`;
  return name;
}

function nameOf(error: Error): string {
  for (const [name] of classes) if (matches(error, name)) return name;
  return error.constructor.name;
}

/** A value as it is written; tasks and futures are called by their labels. */
export function valueText(value: unknown, labels: Labels): string {
  if (value === undefined) return "null";
  if (Array.isArray(value)) return `[${value.map((item) => valueText(item, labels)).join(",")}]`;
  if (value instanceof Error) return exceptionText(value);
  if (value instanceof asyncio.Future) return labels.of(value);
  return String(value);
}

/** What follows a text or a state when there is a value to show: nothing for null. */
export function suffix(separator: string, value: unknown, labels: Labels): string {
  return value === null || value === undefined ? "" : `${separator}${valueText(value, labels)}`;
}

/** Asks `cancelled()` before anything else: asking a cancelled task for its exception uses up the message. */
export function stateText(future: asyncio.Future<unknown>, labels: Labels): string {
  if (!future.done()) return "pending";
  if (future.cancelled()) return "cancelled";
  const error = future.exception();
  if (error !== null && error !== undefined) return `raised ${exceptionText(error)}`;
  return `result${suffix(" ", future.result(), labels)}`;
}

/** What tasks and futures are called in the trace. */
export class Labels {
  readonly #taskNames = new Set<string>();
  readonly #labels = new Map<asyncio.Future<unknown>, string>();
  #unnamed = 0;

  /** Tasks of this name were named by the program; all others are the library's own and numbered. */
  addTaskName(name: string): void {
    this.#taskNames.add(name);
  }

  /** A future keeps the first name it was given; a task has a name of its own. */
  add(future: asyncio.Future<unknown>, name: string): void {
    if (!(future instanceof asyncio.Task) && !this.#labels.has(future)) this.#labels.set(future, name);
  }

  of(future: asyncio.Future<unknown>): string {
    if (future instanceof asyncio.Task && this.#taskNames.has(future.getName())) return future.getName();
    const label = this.#labels.get(future) ?? `~${++this.#unnamed}`;
    this.#labels.set(future, label);
    return label;
  }
}
