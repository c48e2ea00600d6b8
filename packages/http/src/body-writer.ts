import {
  type Awaitable,
  type Coroutine,
  coroutine,
  type EventLoop,
  type Future,
  RuntimeError,
  type Task,
} from "yieldfrom";
import { type Chunk, UploadStream } from "./upload.ts";

/** A body that a coroutine writes: it is called when the connection is there, and may await whatever it likes. */
export type BodyFunction = (body: BodyWriter) => Awaitable<unknown>;

/**
 * Where a coroutine writes the body of its request to.
 *
 * ```ts
 * using session = new ClientSession();
 * using response = yield* session.post(url, {
 *   data: function* (body) {
 *     for (let i = 0; i < 3; i++) {
 *       yield* sleep(1000);
 *       yield* body.write(`line ${i}\n`);
 *     }
 *   },
 * });
 * console.log(response.status); // → 200
 * ```
 */
export interface BodyWriter {
  /**
   * Sends text (as UTF-8) or bytes. Waits until the connection asks for more than was written before, so no more than
   * one chunk is ever held.
   * @throws when awaited: TypeError for something else; RuntimeError if the request has ended
   */
  write(chunk: string | Uint8Array): Coroutine<void>;
}

/**
 * The body that `write` writes, as a task of `loop`: it begins when the body is sent, its failure is the request's, and
 * it is cancelled when the request has ended before it.
 */
export function uploadOfCoroutine(write: BodyFunction, loop: EventLoop): UploadStream {
  return new UploadStream(() => ({ [Symbol.asyncIterator]: () => new WrittenBody(write, loop) }));
}

/** The two ends of such a body: undici asks for chunks, the coroutine gives them. At most one side waits. */
class WrittenBody implements BodyWriter, AsyncIterator<Chunk> {
  private readonly _write: BodyFunction;
  private readonly _loop: EventLoop;
  private _task: Task<unknown> | undefined = undefined;
  private _asked: PromiseWithResolvers<IteratorResult<Chunk>> | undefined = undefined;
  private _offered: { readonly chunk: Chunk; readonly taken: Future<void> } | undefined = undefined;
  private _closed = false;

  constructor(write: BodyFunction, loop: EventLoop) {
    this._write = write;
    this._loop = loop;
  }

  write(chunk: Chunk): Coroutine<void> {
    return write(this, chunk);
  }

  next(): Promise<IteratorResult<Chunk>> {
    const offered = this._offered;
    if (offered !== undefined) {
      this._offered = undefined;
      if (!offered.taken.done()) offered.taken.setResult(undefined);
      return Promise.resolve({ done: false, value: offered.chunk });
    }
    this._asked = Promise.withResolvers();
    const { promise } = this._asked;
    if (this._task === undefined) this._begin();
    else if (this._task.done()) this._ended(this._task);
    return promise;
  }

  return(): Promise<IteratorResult<Chunk>> {
    // Both the request and undici say so: one cancellation is enough, a second would interrupt the cleanup.
    if (!this._closed) this._task?.cancel("the request that this body is for has ended");
    this._closed = true;
    this._asked?.resolve({ done: true, value: undefined });
    return Promise.resolve({ done: true, value: undefined });
  }

  /** @internal */
  *_put(chunk: Chunk): Coroutine<void> {
    if (typeof chunk !== "string" && !(chunk instanceof Uint8Array)) {
      throw new TypeError(`Expected body.write() to be given a string or a Uint8Array, got ${typeof chunk}`);
    }
    if (this._closed) throw new RuntimeError("body.write(): the request that this body is for has ended");
    const asked = this._asked;
    if (asked !== undefined) {
      this._asked = undefined;
      asked.resolve({ done: false, value: chunk });
      return;
    }
    const taken = this._loop.createFuture<void>();
    this._offered = { chunk, taken };
    try {
      yield* taken;
    } finally {
      if (this._offered?.taken === taken) this._offered = undefined;
    }
  }

  private _begin(): void {
    const body = this;
    const write = this._write;
    this._task = this._loop.createTask(
      (function* (): Coroutine<void> {
        yield* write(body);
      })(),
      { name: "request body" },
    );
    this._task.addDoneCallback((task) => this._ended(task));
  }

  private _ended(task: Future<unknown>): void {
    const asked = this._asked;
    if (asked === undefined) {
      if (!task.cancelled()) task.exception(); // It is told when it is asked for; nobody will, if the request has ended.
      return;
    }
    this._asked = undefined;
    if (task.cancelled()) asked.reject(new Error("the task that writes the body was cancelled"));
    else if (task.exception() !== null) asked.reject(task.exception());
    else asked.resolve({ done: true, value: undefined });
  }
}

const write = coroutine(function* write(body: WrittenBody, chunk: Chunk): Coroutine<void> {
  return yield* body._put(chunk);
});
