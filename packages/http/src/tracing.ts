import { type Awaitable, type Coroutine, type EventLoop, from, isCoroutine, isFuture, type Task } from "yieldfrom";
import type { ClientResponse } from "./response.ts";
import type { ClientSession } from "./session.ts";

/** What every trace parameter has. */
export interface TraceParams {
  readonly method: string;
  /** Without credentials. */
  readonly url: string;
}

/** Source: aiohttp `TraceRequestStartParams`. */
export interface TraceRequestStartParams extends TraceParams {}
/** Source: aiohttp `TraceRequestEndParams`. */
export interface TraceRequestEndParams extends TraceParams {
  readonly response: ClientResponse;
}
/** Source: aiohttp `TraceRequestExceptionParams`. */
export interface TraceRequestExceptionParams extends TraceParams {
  readonly exception: unknown;
}
/** `response` is the one that redirects. Source: aiohttp `TraceRequestRedirectParams`. */
export interface TraceRequestRedirectParams extends TraceParams {
  readonly response: ClientResponse;
}
/** Source: aiohttp `TraceRequestChunkSentParams`, `TraceResponseChunkReceivedParams`. */
export interface TraceChunkParams extends TraceParams {
  readonly chunk: Uint8Array;
}
/** Source: aiohttp `TraceDnsResolveHostStartParams` and its like. */
export interface TraceDnsParams {
  readonly host: string;
}
/** Source: aiohttp `TraceConnectionQueuedStartParams` and its like, which have no field. */
export type TraceConnectionParams = Readonly<Record<never, never>>;

/** Each signal and its parameters. */
export interface TraceSignals {
  onRequestStart: TraceRequestStartParams;
  onRequestRedirect: TraceRequestRedirectParams;
  onRequestEnd: TraceRequestEndParams;
  onRequestException: TraceRequestExceptionParams;
  onRequestHeadersSent: TraceParams;
  onRequestChunkSent: TraceChunkParams;
  onResponseChunkReceived: TraceChunkParams;
  onConnectionQueuedStart: TraceConnectionParams;
  onConnectionQueuedEnd: TraceConnectionParams;
  onConnectionCreateStart: TraceConnectionParams;
  onConnectionCreateEnd: TraceConnectionParams;
  onConnectionReuseconn: TraceConnectionParams;
  onDnsResolveHostStart: TraceDnsParams;
  onDnsResolveHostEnd: TraceDnsParams;
  onDnsCacheHit: TraceDnsParams;
  onDnsCacheMiss: TraceDnsParams;
}

export type TraceSignalName = keyof TraceSignals;

/** What a callback gets beside the parameters: the same object all through one request. */
export interface TraceContext {
  /** What the request was given as `traceRequestCtx`. */
  readonly traceRequestCtx: unknown;
  /** For what callbacks want to keep, a start time for instance. */
  [name: string]: unknown;
}

/** Written as a method, so that a TraceConfig whose contexts know more is a TraceConfig too. */
interface Callback<P, C> {
  call(session: ClientSession, context: C, params: P): unknown;
}

/** A plain function, a coroutine function or an async one. */
export type TraceCallback<P, C = TraceContext> = Callback<P, C>["call"];

/**
 * Functions that are called at the steps of each request of a session. Source: aiohttp `TraceConfig`.
 *
 * ```ts
 * const trace = new TraceConfig();
 * trace.onConnectionCreateEnd.push(() => console.log("connected"));
 * trace.onRequestEnd.push((_session, _context, { url }) => console.log("answered:", url));
 * using session = new ClientSession({ traceConfigs: [trace] });
 * yield* (yield* session.get(url)).read();
 * // prints:
 * // connected
 * // answered: https://pages.example/a
 * ```
 * The request waits for a coroutine function to end, except at `onRequestHeadersSent`, `onRequestChunkSent` and
 * `onResponseChunkReceived`: these are tasks of their own, and `onRequestEnd` or `onRequestException` waits for those of its
 * request. What a callback throws fails its request, or, if that has ended, goes to the loop's exception handler.
 */
export class TraceConfig<C extends TraceContext = TraceContext> {
  /** The request begins: nothing was done yet. */
  readonly onRequestStart: TraceCallback<TraceRequestStartParams, C>[] = [];
  /** A redirect is about to be followed. */
  readonly onRequestRedirect: TraceCallback<TraceRequestRedirectParams, C>[] = [];
  /** The headers of the response are there. */
  readonly onRequestEnd: TraceCallback<TraceRequestEndParams, C>[] = [];
  /** The request failed, or was cancelled. */
  readonly onRequestException: TraceCallback<TraceRequestExceptionParams, C>[] = [];
  /** The request's head was written to its connection. */
  readonly onRequestHeadersSent: TraceCallback<TraceParams, C>[] = [];
  /** A piece of the request's body was written. */
  readonly onRequestChunkSent: TraceCallback<TraceChunkParams, C>[] = [];
  /** A piece of the response's body came, compressed as it is; after `onRequestEnd` too. */
  readonly onResponseChunkReceived: TraceCallback<TraceChunkParams, C>[] = [];
  /** The limits are reached: the request waits for a place. */
  readonly onConnectionQueuedStart: TraceCallback<TraceConnectionParams, C>[] = [];
  /** It has got one. */
  readonly onConnectionQueuedEnd: TraceCallback<TraceConnectionParams, C>[] = [];
  /** A new connection is about to be made. */
  readonly onConnectionCreateStart: TraceCallback<TraceConnectionParams, C>[] = [];
  /** It was made, TLS and proxy included. */
  readonly onConnectionCreateEnd: TraceCallback<TraceConnectionParams, C>[] = [];
  /** A kept connection is used again, or an HTTP/2 connection beside others. */
  readonly onConnectionReuseconn: TraceCallback<TraceConnectionParams, C>[] = [];
  /** A host name is about to be resolved. */
  readonly onDnsResolveHostStart: TraceCallback<TraceDnsParams, C>[] = [];
  /** It was resolved. */
  readonly onDnsResolveHostEnd: TraceCallback<TraceDnsParams, C>[] = [];
  /** A host name was resolved before, or is just being. */
  readonly onDnsCacheHit: TraceCallback<TraceDnsParams, C>[] = [];
  /** It was not. */
  readonly onDnsCacheMiss: TraceCallback<TraceDnsParams, C>[] = [];
  private readonly _factory: ((init: TraceContext) => C) | undefined;

  /** @param traceConfigCtxFactory makes the context of a request; by default it is an object of its own */
  constructor(traceConfigCtxFactory?: (init: TraceContext) => C) {
    this._factory = traceConfigCtxFactory;
  }

  /** @internal */
  _context(traceRequestCtx: unknown): C {
    const init: TraceContext = { traceRequestCtx };
    return this._factory === undefined ? (init as C) : this._factory(init);
  }
}

type AnyCallback = TraceCallback<unknown, TraceContext>;

/** The tracing of one request: its session's TraceConfigs, each with its context. */
export class Tracer {
  private readonly _session: ClientSession;
  private readonly _traces: readonly { readonly config: TraceConfig; readonly context: TraceContext }[];
  private readonly _tasks = new Set<Task<unknown>>();

  constructor(session: ClientSession, configs: readonly TraceConfig[], traceRequestCtx: unknown) {
    this._session = session;
    this._traces = configs.map((config) => ({ config, context: config._context(traceRequestCtx) }));
  }

  /** Calls, and waits for, what listens to a signal. */
  *send<N extends TraceSignalName>(name: N, params: TraceSignals[N]): Coroutine<void> {
    for (const { config, context } of this._traces) {
      for (const callback of config[name] as readonly AnyCallback[]) {
        const awaitable = awaitableOf(callback(this._session, context, params));
        if (awaitable !== null) yield* awaitable;
      }
    }
  }

  /** Calls what listens, from where nothing can be waited for; `fail` is told what it threw, now or later. */
  sendNowait<N extends TraceSignalName>(
    name: N,
    params: TraceSignals[N],
    loop: EventLoop,
    fail: (error: Error) => void,
  ): void {
    for (const { config, context } of this._traces) {
      for (const callback of config[name] as readonly AnyCallback[]) {
        try {
          const awaitable = awaitableOf(callback(this._session, context, params));
          if (awaitable !== null) this._run(awaitable, name, loop, fail);
        } catch (error) {
          queueMicrotask(() => fail(error as Error)); // Not in the middle of undici's own work.
        }
      }
    }
  }

  /** Waits for the callbacks that `sendNowait` started. */
  *settle(): Coroutine<void> {
    while (this._tasks.size > 0) {
      const [task] = this._tasks as unknown as [Task<unknown>];
      try {
        yield* task;
      } catch (error) {
        // Its own failure was told already; anything else is for who waits here.
        if (!task.done() || task.cancelled() || error !== task.exception()) throw error;
      }
      this._tasks.delete(task);
    }
  }

  private _run(awaitable: Awaitable<unknown>, name: string, loop: EventLoop, fail: (error: Error) => void): void {
    const task = loop.createTask(waitFor(awaitable), { name });
    this._tasks.add(task);
    task.addDoneCallback(() => {
      this._tasks.delete(task);
      if (task.cancelled()) return;
      const error = task.exception();
      if (error !== null) fail(error as Error);
    });
  }
}

function* waitFor(awaitable: Awaitable<unknown>): Coroutine<unknown> {
  return yield* awaitable;
}

function awaitableOf(result: unknown): Awaitable<unknown> | null {
  if (isCoroutine(result) || isFuture(result)) return result;
  return typeof result === "object" && result !== null && "then" in result
    ? from(result as PromiseLike<unknown>)
    : null;
}
