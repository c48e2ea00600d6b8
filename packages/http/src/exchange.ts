import type { Dispatcher } from "undici";
import type { EventLoop, Future, TimerHandle } from "yieldfrom";
import { ByteQueue } from "./byte-queue.ts";
import type { Connection } from "./connection.ts";
import { type Phase, ServerTimeoutError, type Subject, type TimeoutName } from "./errors.ts";
import { failureOf } from "./failure.ts";
import type { Hop } from "./hop.ts";
import { UploadStream } from "./request-body.ts";
import { ClientResponse, type RawHeaders } from "./response.ts";
import type { Timeouts } from "./timeouts.ts";
import type { TraceChunkParams, Tracer } from "./tracing.ts";

/** When a request must be where, in loop time. */
export interface Deadlines {
  readonly timeouts: Timeouts;
  /** The end of the body. */
  readonly total: number | null;
  /** The connection. */
  readonly connect: number | null;
}

/**
 * One request and its response on one connection: what undici calls back, what the timers and the cancelled task
 * abort. It is the one place where an outcome is decided.
 *
 *     sending the request -> waiting for headers -> reading the body -> ended
 *         \____________________\____________________\____________________/
 *                        failed: by undici, a timer, a cancellation, release() or close()
 *
 * E1. It ends once, in `_end`: then its timers are gone, and its connection and place are given back.
 * E2. An error reaches who waits: for the response (`head`), after that for the body (`body`).
 * E3. After its end undici may still call back; that changes nothing.
 */
export class Exchange implements Subject, Dispatcher.DispatchHandler {
  /** The response, once its headers are there. */
  readonly head: Future<ClientResponse>;
  readonly body = new ByteQueue(this);
  readonly hop: Hop;
  readonly loop: EventLoop;
  phase: Phase = "sending the request";
  /** Whether it went over a connection that had served others, which the server may have closed meanwhile. */
  readonly reused: boolean;
  /** Whether any of the response came. */
  answered = false;
  /** Called once, when it has ended. */
  whenEnded: (() => void) | undefined = undefined;
  private readonly _connection: Connection;
  private readonly _deadlines: Deadlines;
  private readonly _tracer: Tracer | null;
  private readonly _totalTimer: TimerHandle | undefined;
  /** For `sockRead`. It is left to run when something is heard, and then looks how long ago that was. */
  private _silenceTimer: TimerHandle | undefined = undefined;
  private _heardAt = 0;
  private _paused = false;
  private _controller: Dispatcher.DispatchController | undefined = undefined;
  private _promised: number | undefined = undefined;
  private _ended = false;

  /** Sends the request off. `connection` is its own until it has ended. */
  constructor(loop: EventLoop, hop: Hop, connection: Connection, deadlines: Deadlines, tracer: Tracer | null) {
    this.loop = loop;
    this.hop = hop;
    this.head = loop.createFuture();
    this._connection = connection;
    this._deadlines = deadlines;
    this._tracer = tracer;
    this.reused = connection.used;
    const { total, timeouts } = deadlines;
    if (total !== null) this._totalTimer = loop.callAt(total, expire, this, "total", timeouts.total ?? 0);
    connection.send(this);
  }

  get method(): string {
    return this.hop.method;
  }

  get url(): string {
    return this.hop.url;
  }

  /** Whether the server can have seen nothing of it. */
  get isUnsent(): boolean {
    return this._controller === undefined;
  }

  get ended(): boolean {
    return this._ended;
  }

  /** Ends it by `error`, and the connection with it. Nothing happens if it has ended. */
  abort(error: Error): void {
    if (this._ended) return;
    this._end(false);
    if (!this.head.done()) this.head.setException(error);
    else this.body.fail(error);
  }

  /** The reader can't keep up. */
  pause(): void {
    this._paused = true;
    this._controller?.pause();
  }

  resume(): void {
    this._paused = false;
    this._heard();
    this._controller?.resume();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this._controller = controller;
    // HTTP/2: it has waited in undici's queue, where it can't be taken out of, and nobody wants it any more.
    if (this._ended) this._connection.giveUpStream(controller);
    else if (this._tracer !== null) this._trace(this._tracer, "onRequestHeadersSent");
  }

  onRequestSent(): void {
    if (this.phase !== "sending the request") return; // Answered before it was sent.
    this.phase = "waiting for headers";
    this._heard();
  }

  onBodySent(chunk: Uint8Array): void {
    if (this._tracer !== null) this._trace(this._tracer, "onRequestChunkSent", chunk);
  }

  onResponseStarted(): void {
    this.answered = true;
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: RawHeaders,
    reason?: string,
  ): void {
    if (status < 200 || this._ended) return;
    this.phase = "reading the body";
    this._heard();
    const length = headers["content-length"];
    if (typeof length === "string") this._promised = Number(length);
    // Cancelled, its task is about to abort.
    if (this.head.done()) return;
    this.head.setResult(new ClientResponse(this, status, reason ?? "", headers, controller.rawHeaders));
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Uint8Array): void {
    if (this._ended) return;
    this._heard();
    if (this._tracer !== null) this._trace(this._tracer, "onResponseChunkReceived", chunk);
    this.body.push(chunk);
  }

  onResponseEnd(): void {
    if (this._ended) return;
    this._end(true);
    this.body.end();
  }

  onResponseError(_: Dispatcher.DispatchController | null, cause: Error): void {
    if (this._ended) return;
    const error = this._failure(cause);
    this._end(false);
    if (!this.head.done()) this.head.setException(error);
    else this.body.breakOff(error);
  }

  private _trace(tracer: Tracer, name: "onRequestHeadersSent"): void;
  private _trace(tracer: Tracer, name: "onRequestChunkSent" | "onResponseChunkReceived", chunk: Uint8Array): void;
  private _trace(
    tracer: Tracer,
    name: "onRequestHeadersSent" | "onRequestChunkSent" | "onResponseChunkReceived",
    chunk?: Uint8Array,
  ): void {
    const { method, url, loop } = this;
    const params = chunk === undefined ? { method, url } : { method, url, chunk };
    tracer.sendNowait(name, params as TraceChunkParams, loop, (exception) => {
      if (!this._ended) this.abort(exception);
      else loop.callExceptionHandler({ message: `trace callback failed after ${method} ${url}`, exception });
    });
  }

  /** The `sockRead` limit counts from here. */
  private _heard(): void {
    const { sockRead } = this._deadlines.timeouts;
    if (sockRead === null) return;
    this._heardAt = this.loop.time();
    this._silenceTimer ??= this.loop.callAt(this._heardAt + sockRead, listen, this, sockRead);
  }

  /** @internal The `sockRead` limit has passed since something was heard, if nothing was heard since. */
  _listen(sockRead: number): void {
    this._silenceTimer = undefined;
    if (this._paused) return; // It is the reader who is slow.
    const when = this._heardAt + sockRead;
    if (when > this.loop.time()) this._silenceTimer = this.loop.callAt(when, listen, this, sockRead);
    // It may be us who did not listen, busy with something else: what came meanwhile is read before the second of two
    // immediates, since there is a whole turn of the host's loop between them.
    else setImmediate(setImmediate, giveUp, this, sockRead, this._heardAt);
  }

  /** @internal */
  _giveUp(sockRead: number, heardAt: number): void {
    if (this._heardAt === heardAt) expire(this, "sockRead", sockRead);
  }

  private _failure(cause: Error): Error {
    const data = this.hop.body?.data;
    if (data instanceof UploadStream && data.failure !== undefined) return data.failure.error as Error;
    return failureOf(cause, {
      method: this.method,
      url: this.url,
      phase: this.phase,
      received: this.body.received,
      promised: this._promised,
    });
  }

  private _end(reusable: boolean): void {
    this._ended = true;
    this._totalTimer?.cancel();
    this._silenceTimer?.cancel();
    const { _connection: connection, _controller: controller } = this;
    if (!reusable && controller !== undefined) connection.giveUpStream(controller);
    connection.release(this, reusable);
    const data = this.hop.body?.data;
    if (data instanceof UploadStream) void data.stop();
    this.whenEnded?.();
  }
}

function expire(exchange: Exchange, name: TimeoutName, ms: number): void {
  exchange.abort(new ServerTimeoutError(exchange, exchange.phase, name, ms));
}

function listen(exchange: Exchange, sockRead: number): void {
  exchange._listen(sockRead);
}

function giveUp(exchange: Exchange, sockRead: number, heardAt: number): void {
  exchange._giveUp(sockRead, heardAt);
}
