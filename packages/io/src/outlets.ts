/** From our streams to other kinds. `adapters.ts` has the way back. */
import { Readable, Writable } from "node:stream";
import type { ReadableStream, WritableStream } from "node:stream/web";
import type { Coroutine, CoroutineLike, EventLoop, Task } from "yieldfrom";
import { ConnectionAbortedError } from "./errors.ts";
import type { StreamReader } from "./stream-reader.ts";
import type { StreamWriter } from "./stream-writer.ts";

/** Bytes asked for at a time. */
const CHUNK = 65_536;

/**
 * A Node Readable of a StreamReader, for `pipeline`, and for the `for await` of an async function. It reads when it is read, throws
 * what the reader throws, and destroying it, as leaving the loop does, closes the connection.
 */
export function toReadable(reader: StreamReader): Readable {
  return new ReaderOutlet(reader);
}

/** A Web ReadableStream of a StreamReader, for `new Response(…)`, `pipeThrough` and the like; as `toReadable` otherwise. */
export function toReadableStream(reader: StreamReader): ReadableStream<Uint8Array> {
  const strategy = new ByteLengthQueuingStrategy({ highWaterMark: 0 });
  return Readable.toWeb(toReadable(reader), { strategy }) as ReadableStream<Uint8Array>;
}

/**
 * A Node Writable to a StreamWriter, for `pipeline`. A write is done when `drain()` is, an error of that is its error, ending it ends
 * our half of the connection, and destroying it aborts the connection.
 */
export function toWritable(writer: StreamWriter): Writable {
  return new WriterInlet(writer);
}

/** A Web WritableStream to a StreamWriter, for `pipeTo`; as `toWritable` otherwise. */
export function toWritableStream(writer: StreamWriter): WritableStream<Uint8Array> {
  return Writable.toWeb(toWritable(writer)) as WritableStream<Uint8Array>;
}

class ReaderOutlet extends Readable {
  private readonly _reader: StreamReader;
  private _task: Task<Buffer> | null = null;

  constructor(reader: StreamReader) {
    super({ highWaterMark: CHUNK });
    this._reader = reader;
  }

  override _read(): void {
    this._task = follow(
      this._reader._loop,
      () => this._reader.read(CHUNK),
      (chunk) => void this.push(chunk.length === 0 ? null : chunk),
      (error) => void this.destroy(error),
    );
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this._task?.cancel();
    if (!this._reader.atEof()) this._reader._abandon();
    callback(error);
  }
}

class WriterInlet extends Writable {
  private readonly _writer: StreamWriter;
  private _task: Task<void> | null = null;

  constructor(writer: StreamWriter) {
    super({ highWaterMark: CHUNK, decodeStrings: true });
    this._writer = writer;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    this._writer.write(chunk);
    this._do(() => this._writer.drain(), callback);
  }

  override _final(callback: (error?: Error | null) => void): void {
    this._do(() => finish(this._writer), callback);
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this._task?.cancel();
    if (!this.writableFinished) this._writer.transport.abort();
    callback(error);
  }

  private _do(work: () => CoroutineLike<void>, callback: (error?: Error | null) => void): void {
    this._task = follow(this._writer._loop, work, () => callback(), callback);
  }
}

/** Does something in a task, and tells Node of its outcome. */
function follow<T>(
  loop: EventLoop,
  work: () => CoroutineLike<T>,
  onResult: (value: T) => void,
  onError: (error: Error) => void,
): Task<T> | null {
  if (loop.isClosed()) {
    onError(ended());
    return null;
  }
  const task = loop.createTask(work());
  task.addDoneCallback(() => {
    const error = task.cancelled() ? ended() : task.exception();
    if (error === null) onResult(task.result());
    else onError(error as Error);
  });
  return task;
}

function ended(): ConnectionAbortedError {
  return new ConnectionAbortedError("its event loop does nothing more: run() ended while the stream was still used");
}

/** A pipe has no other half: it is closed by that. A connection may still be read from. */
function* finish(writer: StreamWriter): Coroutine<void> {
  if (writer.canWriteEof()) writer.writeEof();
  else writer.close();
  yield* writer.isClosing() ? writer.waitClosed() : writer.drain();
}
