import type { IncomingMessage } from "node:http";
import type { UnderlyingDefaultSource } from "node:stream/web";
import { RequestEntityTooLargeError } from "./errors.ts";

/** Bytes of a body that may wait to be read before the client is made to wait. */
const MOST_WAITING = 64 * 1024;
/** Pieces that are kept one by one. A client may send a byte at a time, each of which would take some hundred in memory. */
const MOST_PIECES = 1024;

/**
 * The body of a request: as a stream, or all at once. One of them, once.
 *
 * Not by `Readable.toWeb`: that destroys the message when its reader leaves, and no rest of the body can be dropped after
 * that, which the answer and the next request on the connection need.
 */
export class IncomingBody {
  /** Whether somebody has begun to read. */
  used = false;
  private readonly _incoming: IncomingMessage;
  private readonly _maxSize: number;
  private _sendContinue: (() => void) | undefined;
  private _size = 0;

  /** @param sendContinue asks the client for the body, if it waits for that (`Expect: 100-continue`) */
  constructor(incoming: IncomingMessage, maxSize: number, sendContinue: (() => void) | undefined) {
    this._incoming = incoming;
    this._maxSize = maxSize;
    this._sendContinue = sendContinue;
  }

  stream(): ReadableStream<Uint8Array<ArrayBuffer>> {
    const incoming = this._incoming;
    let stop = () => {};
    const source: UnderlyingDefaultSource<Uint8Array<ArrayBuffer>> = {
      start: (controller) => {
        incoming.pause();
        stop = this._listen(
          (chunk) => {
            controller.enqueue(chunk);
            if ((controller.desiredSize ?? 0) <= 0) incoming.pause();
          },
          () => controller.close(),
          (error) => controller.error(error),
        );
      },
      pull: () => {
        this._begin();
      },
      // What is left is dropped after the answer.
      cancel: () => stop(),
    };
    return new ReadableStream(source, new ByteLengthQueuingStrategy({ highWaterMark: MOST_WAITING }));
  }

  all(): Promise<Buffer<ArrayBuffer>> {
    return new Promise((resolve, reject) => {
      const joined: Buffer<ArrayBuffer>[] = [];
      let chunks: Buffer<ArrayBuffer>[] = [];
      this._listen(
        (chunk) => {
          if (chunks.push(chunk) < MOST_PIECES) return;
          joined.push(Buffer.concat(chunks));
          chunks = [];
        },
        () => {
          const all = joined.length === 0 ? chunks : [...joined, ...chunks];
          resolve(all.length === 1 ? all[0]! : Buffer.concat(all));
        },
        reject,
      );
      this._begin();
    });
  }

  private _begin(): void {
    this.used = true;
    this._sendContinue?.();
    this._sendContinue = undefined;
    this._incoming.resume();
  }

  private _listen(
    onChunk: (chunk: Buffer<ArrayBuffer>) => void,
    onEnd: () => void,
    onError: (error: unknown) => void,
  ): () => void {
    const incoming = this._incoming;
    const stop = () => {
      incoming.off("data", take).off("end", end).off("error", fail).off("close", fail);
    };
    const take = (chunk: Buffer<ArrayBuffer>) => {
      this._size += chunk.byteLength;
      if (this._size <= this._maxSize) onChunk(chunk);
      else fail(new RequestEntityTooLargeError(nameOf(incoming), this._maxSize));
    };
    const end = () => {
      stop();
      onEnd();
    };
    const fail = (error?: unknown) => {
      stop();
      onError(error ?? incoming.errored ?? gone());
    };
    if (incoming.destroyed) process.nextTick(fail);
    else incoming.on("data", take).on("end", end).on("error", fail).on("close", fail);
    return stop;
  }
}

/** For example "GET /flags". Without the query, which may hold secrets. */
export function nameOf({ method, url = "" }: IncomingMessage): string {
  const query = url.indexOf("?");
  return `${method} ${query === -1 ? url : url.slice(0, query)}`;
}

/** What a body ends with whose client goes away: an abort, of which whoever is cancelled by it makes nothing. */
export function gone(): DOMException {
  return new DOMException("the client went away", "AbortError");
}
