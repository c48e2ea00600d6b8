import type { ServerResponse } from "node:http";
import type { ReadableStreamReadResult } from "node:stream/web";
import type { EventLoop, Future } from "yieldfrom";
import { type Head, Outlet } from "./outlet.ts";

/**
 * Sends a ReadableStream to a client, as fast as the client takes it: a chunk is asked for when the one before was passed on
 * and not too much lies in the connection's buffer. By callbacks and not in the request's task, which then waits once.
 */
export class Pump {
  /** Done when all was handed over, or with what the stream failed with. */
  readonly finished: Future<void>;
  private readonly _outgoing: ServerResponse;
  private readonly _outlet: Outlet;
  private readonly _reader: ReadableStreamDefaultReader<unknown>;

  constructor(loop: EventLoop, outgoing: ServerResponse, head: Head, stream: ReadableStream<unknown>) {
    this._outgoing = outgoing;
    this._reader = stream.getReader();
    this._outlet = new Outlet(outgoing, head);
    this.finished = loop.createFuture();
    this._read();
  }

  /** Gives up; has the stream cancelled for that reason. What that fails with is given to `report`. */
  stop(reason: unknown, report: (error: unknown) => void): void {
    this._outlet.stop();
    this._outgoing.off("drain", this._read);
    this._reader.cancel(reason).then(undefined, (error) => {
      // The stream has failed, which is why it is given up.
      if (error !== reason) report(error);
    });
  }

  private readonly _read = (): void => {
    this._reader.read().then(this._take, this._fail);
  };

  private readonly _take = ({ done, value }: ReadableStreamReadResult<unknown>): void => {
    if (this.finished.done()) return;
    try {
      if (done) {
        this._outlet.end();
        this.finished.setResult(undefined);
      } else if (this._outlet.put(bytesOf(value))) this._read();
      else this._outgoing.once("drain", this._read);
    } catch (error) {
      this._fail(error);
    }
  };

  private readonly _fail = (error: unknown): void => {
    if (!this.finished.done()) this.finished.setException(error);
  };
}

/** @throws TypeError if a chunk of a body is something else */
export function bytesOf(chunk: unknown): Uint8Array | string {
  if (typeof chunk === "string" || chunk instanceof Uint8Array) return chunk;
  if (chunk instanceof ArrayBuffer) return new Uint8Array(chunk);
  if (ArrayBuffer.isView(chunk)) return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  throw new TypeError(`Expected a body's chunks to be strings or bytes, got ${typeof chunk}; JSON.stringify() objects`);
}
