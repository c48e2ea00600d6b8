import type { ReadableStreamDefaultController, UnderlyingDefaultSource } from "node:stream/web";
import {
  _getRunningLoop,
  type Awaitable,
  type Coroutine,
  coroutine,
  Event,
  type EventLoop,
  isCancelled,
  RuntimeError,
  type Task,
} from "yieldfrom";
import { bytesOf } from "./pump.ts";

/** A piece of a body. */
export type Chunk = string | Uint8Array | ArrayBuffer;

/** Takes the next piece of a body; to be awaited, which lasts until the client can take more. */
export type Write = (chunk: Chunk) => Awaitable<void>;

/** Writes a body. */
export type WriteBody = (write: Write) => Awaitable<void>;

const bodies = new WeakMap<ReadableStream<unknown>, WriteBody>();

/** Who writes the body that `stream` is, if nobody has begun to read that as a stream. */
export function writerOf(stream: ReadableStream<unknown>): WriteBody | undefined {
  return bodies.get(stream);
}

/**
 * A ReadableStream that a coroutine writes, for the body of a Response.
 *
 * ```ts
 * const page = new Response(
 *   bodyStream(function* (write) {
 *     for (const line of lines) yield* write(`${line}\n`);
 *   }),
 * );
 * ```
 * `yield* write(…)` waits while the reader is slow. Strings are sent as UTF-8. What the coroutine throws, the stream
 * fails with: a client sees its connection break off.
 *
 * A Response that `serve` sends is written by the request's own task, which is cancelled when the client goes away. Anyone
 * else who reads the stream starts a task of the loop that ran when it was made; cancelling the stream cancels that and
 * waits for its end.
 */
export function bodyStream(body: WriteBody): ReadableStream<Uint8Array<ArrayBuffer>> {
  if (typeof body !== "function") {
    throw new TypeError("Expected `body` of bodyStream() to be a function* (write) { … }, and not its call");
  }
  const writer = new Writer(_getRunningLoop(), body);
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>(writer, { highWaterMark: 0 });
  bodies.set(stream, body);
  return stream;
}

/** Its own task, for readers other than `serve`. */
class Writer implements UnderlyingDefaultSource<Uint8Array<ArrayBuffer>> {
  private readonly _loop: EventLoop | null;
  private readonly _body: WriteBody;
  private readonly _wanted = new Event();
  private _task: Task<void> | null = null;

  constructor(loop: EventLoop | null, body: WriteBody) {
    this._loop = loop;
    this._body = body;
  }

  pull(controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>): void {
    const loop = this._loop;
    if (loop === null) {
      throw new RuntimeError(
        "a stream of bodyStream() that was made outside of a running loop can be read by serve() only",
      );
    }
    // The stream asks from anywhere, and tasks are woken in the loop.
    if (this._task === null) {
      this._wanted.set();
      this._task = loop.createTask(this._run(controller), { name: "bodyStream" });
    } else loop.callSoonThreadsafe(() => this._wanted.set());
  }

  async cancel(reason: unknown): Promise<void> {
    const task = this._task;
    if (task === null || task.done()) return;
    task.cancel(`the stream was cancelled: ${reason}`);
    try {
      await task;
    } catch (error) {
      if (!task.cancelled()) throw error;
    }
  }

  private *_run(controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>): Coroutine<void> {
    const wanted = this._wanted;
    const write: Write = coroutine(function* write(chunk: Chunk): Coroutine<void> {
      yield* wanted.wait();
      const bytes = bytesOf(chunk);
      controller.enqueue(typeof bytes === "string" ? encoder.encode(bytes) : (bytes as Uint8Array<ArrayBuffer>));
      wanted.clear();
      yield* wanted.wait();
    });
    try {
      yield* this._body(write);
      controller.close();
    } catch (error) {
      controller.error(error);
      if (isCancelled(error)) throw error;
    }
  }
}

const encoder = new TextEncoder();
