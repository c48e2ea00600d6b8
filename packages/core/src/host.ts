import type { CodePlace } from "./traceback.ts";

/**
 * The one door to what the loop stands on. Everything the library needs of the JavaScript host comes through
 * here: a clock, two ways to be called again, timers, and word of the process's end. Nothing else in core may
 * touch a global of the host (checked by `npm run layers`).
 */
export interface Host {
  /** Monotonic milliseconds, arbitrary epoch. */
  now(): number;
  /** Calls `fn` before the host does anything else. */
  microtask(fn: () => void): void;
  /** Calls `fn` in a turn of its own, after the host has looked at its I/O. Keeps the process alive until then. */
  macrotask(fn: () => void): void;
  /** Calls `fn` once `ms` milliseconds have passed; the returned function takes that back. */
  timer(fn: () => void, ms: number): () => void;
  /** Calls `fn` each time the host has nothing left to do and would end. The returned function takes that back. */
  onIdle(fn: () => void): () => void;
  /** Calls `fn` at Ctrl-C instead of ending the process; `undefined` where that can't be had. */
  onInterrupt(fn: () => void): (() => void) | undefined;
  /** Calls `fn` at each signal of that name; `undefined` where there are none. The returned function takes that back. */
  onSignal(name: string, fn: () => void): (() => void) | undefined;
  /** Ends the process as an uncaught Ctrl-C would. */
  interrupt(): void;
  /** Prints a report for people to read, error objects with their stacks. */
  print(...parts: unknown[]): void;
  /** Where a suspended generator stands, for messages; `undefined` where the host can't tell. Slow: milliseconds. */
  whereIs(generator: object): CodePlace | undefined;
  /** A line of a source file, counted from 1, for messages; `undefined` where files can't be read. */
  sourceLine(file: string, line: number): string | undefined;
}

interface ProcessLike {
  on(event: string, fn: () => void): void;
  off(event: string, fn: () => void): void;
  listenerCount(event: string): number;
  kill(pid: number, signal: string): void;
  readonly pid: number;
  readonly env?: Record<string, string | undefined>;
  readonly versions?: { readonly deno?: string };
  getBuiltinModule?(name: string): unknown;
}

const { setTimeout, clearTimeout, setInterval, clearInterval, queueMicrotask, performance, console } = globalThis;
const host = globalThis as { setImmediate?: (fn: () => void) => unknown; process?: Partial<ProcessLike> };
const process = typeof host.process?.on === "function" ? (host.process as ProcessLike) : undefined;

/** The host this module was loaded in: Node, Bun, Deno, a browser or a worker. */
export const defaultHost: Host = {
  now: performance.now.bind(performance),
  microtask: queueMicrotask.bind(globalThis),
  macrotask: host.setImmediate ?? messageTask(),
  timer(fn, ms) {
    const timer = setTimeout(fn, Math.min(ms, LONGEST_TIMER));
    return () => clearTimeout(timer);
  },
  onIdle: (fn) => idle.add(fn),
  onInterrupt(fn) {
    // A handler of the user's own takes precedence, as in asyncio's Runner.
    const ours = interrupts.listening ? 1 : 0;
    if (process === undefined || process.listenerCount("SIGINT") > ours) return undefined;
    return interrupts.add(fn);
  },
  onSignal(name, fn) {
    if (process === undefined) return undefined;
    process.on(name, fn);
    // To listen for a signal does not keep Node alive, and who waits for one is not at a standstill.
    const alive = setInterval(() => {}, LONGEST_TIMER);
    return () => {
      clearInterval(alive);
      process.off(name, fn);
    };
  },
  interrupt() {
    process?.kill(process.pid, "SIGINT");
  },
  print(...parts) {
    console.error(...parts);
  },
  sourceLine(file, line) {
    const fs = hostModule("node:fs") as { readFileSync(file: URL | string, as: string): string } | undefined;
    try {
      return fs?.readFileSync(file.startsWith("file:") ? new URL(file) : file, "utf8").split("\n")[line - 1];
    } catch {
      // Bundled, moved or made at run time: the message does without.
      return undefined;
    }
  },
  whereIs: askInspector,
};

/** A module that comes with the host; `undefined` where it has none of that name. */
export function hostModule(name: string): unknown {
  return process?.getBuiltinModule?.(name);
}

/** Whether loops start in debug mode: the environment variable YIELDFROM_DEBUG, as asyncio's PYTHONASYNCIODEBUG. */
export const debugByDefault: boolean = isSet(variable("YIELDFROM_DEBUG"));

function variable(name: string): string | undefined {
  // Deno asks its user for permission; nobody wants to be asked that by an import.
  if (process?.versions?.deno !== undefined) return undefined;
  return process?.env?.[name];
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== "" && value !== "0";
}

/** Hosts keep a timer's delay in 31 bits; the loop simply asks again when a longer one is cut. */
const LONGEST_TIMER = 2 ** 31 - 1;

/**
 * One listener on the process for all who want to hear of an event, however many loops are running. It is taken back a turn
 * after the last of them went: listening for a signal takes system calls, which were two thirds of a short `run()`.
 */
class Listeners {
  private readonly _event: string;
  private readonly _nobodyThere: () => void;
  private readonly _all = new Set<() => void>();
  private _listening = false;
  private _leaving = false;
  private readonly _tell = () => {
    if (this._all.size === 0) {
      this._leave();
      this._nobodyThere();
    }
    for (const fn of [...this._all]) fn();
  };

  /** @param nobodyThere what is to be done about an event for which the listener was only still there */
  constructor(event: string, nobodyThere: () => void) {
    this._event = event;
    this._nobodyThere = nobodyThere;
  }

  /** Whether one of the listeners on the process is ours. */
  get listening(): boolean {
    return this._listening;
  }

  /** The returned function takes `fn` out again. */
  add(fn: () => void): () => void {
    const own = () => fn();
    if (!this._listening) process?.on(this._event, this._tell);
    this._listening = true;
    this._all.add(own);
    return () => {
      if (!this._all.delete(own) || this._all.size > 0 || this._leaving) return;
      // It tells of a signal so late that the listener would have gone in between, and the signal with it.
      if (process?.versions?.deno !== undefined) {
        this._leave();
        return;
      }
      this._leaving = true;
      inNextTurn(() => {
        this._leaving = false;
        if (this._all.size === 0) this._leave();
      });
    };
  }

  private _leave(): void {
    if (this._listening) process?.off(this._event, this._tell);
    this._listening = false;
  }
}

const idle = new Listeners("beforeExit", () => {});
const interrupts = new Listeners("SIGINT", () => {
  // Whoever else listens now was told of this one already.
  if (process?.listenerCount("SIGINT") === 0) defaultHost.interrupt();
});

/** Calls `fn` in a turn of its own, if there is one: it does not keep the process alive. */
function inNextTurn(fn: () => void): void {
  const pending = (host.setImmediate ?? setTimeout)(fn) as { unref?(): void } | undefined;
  pending?.unref?.();
}

/** Browsers have no setImmediate; a message to oneself is their cheapest turn. Deno and workers have both. */
function messageTask(): (fn: () => void) => void {
  const { MessageChannel } = globalThis;
  if (MessageChannel === undefined) return (fn) => void setTimeout(fn, 0);
  const { port1, port2 } = new MessageChannel();
  const waiting: (() => void)[] = [];
  port1.onmessage = () => waiting.shift()?.();
  return (fn) => {
    waiting.push(fn);
    port2.postMessage(null);
  };
}

interface InspectorSession {
  connect(): void;
  disconnect(): void;
  on(event: string, fn: (message: { params: { scriptId: string; url: string } }) => void): void;
  post(method: string, params: object, fn?: (error: unknown, answer: never) => void): void;
}
interface InspectedProperty {
  readonly name: string;
  readonly value?: { readonly value?: unknown; readonly objectId?: string; readonly description?: string };
}

/** The engine's debugger knows where a generator stands; nothing else does. Asked synchronously, in this process. */
function askInspector(generator: object): CodePlace | undefined {
  const inspector = hostModule("node:inspector") as { Session?: new () => InspectorSession } | undefined;
  if (inspector?.Session === undefined) return undefined;
  const session = new inspector.Session();
  const key = "__yieldfrom_where_is";
  const scope = globalThis as { [key]?: object };
  try {
    session.connect();
    const files = new Map<string, string>();
    session.on("Debugger.scriptParsed", ({ params }) => files.set(params.scriptId, params.url));
    session.post("Debugger.enable", {});
    scope[key] = generator;
    // Deno's inspector answers later, when it is too late; or never, once the session has ended.
    let objectId: string | undefined;
    session.post(
      "Runtime.evaluate",
      { expression: `globalThis.${key}` },
      (_, answer?: { result: { objectId: string } }) => {
        objectId = answer?.result.objectId;
      },
    );
    if (objectId === undefined) return undefined;
    let internal: InspectedProperty[] = [];
    session.post(
      "Runtime.getProperties",
      { objectId, ownProperties: true },
      (_, answer: { internalProperties: [] }) => {
        internal = answer.internalProperties;
      },
    );
    const find = (name: string) => internal.find((property) => property.name === name)?.value;
    const at = find("[[GeneratorLocation]]")?.value as
      | { scriptId: string; lineNumber: number; columnNumber: number }
      | undefined;
    const source = find("[[GeneratorFunction]]")?.description ?? "";
    session.post("Debugger.disable", {});
    if (at === undefined) return undefined;
    const file = files.get(at.scriptId) ?? "";
    return {
      fn: /^[^(]*?\*?\s*([\w$]+)\s*\(/.exec(source)?.[1] ?? "",
      file,
      line: at.lineNumber + 1,
      column: at.columnNumber + 1,
    };
  } catch {
    // Another debugger's restrictions, or a host that only resembles Node: the message does without the place.
    return undefined;
  } finally {
    delete scope[key];
    session.disconnect();
  }
}
