/** What a stream of a body gives: text is sent as UTF-8. */
export type Chunk = string | Uint8Array;

/** What can be told of a stream before it is sent. */
interface UploadFacts {
  /** Bytes that it will give, if that is known: then it has a Content-Length. */
  readonly length?: number | undefined;
  /** Whether `open` can be called again, for the same bytes. Default: false. */
  readonly replayable?: boolean;
  /** Frees what the source holds if it never was begun. */
  readonly discard?: (() => unknown) | undefined;
}

/**
 * A stream on its way up. undici asks it for a chunk when the connection has taken the one before, so a slow server
 * makes its source wait. It remembers the error that its source failed with: that is the caller's, not the network's.
 */
export class UploadStream implements AsyncIterable<Chunk> {
  /** The source's own error. */
  failure: { readonly error: unknown } | undefined = undefined;
  readonly length: number | undefined;
  readonly replayable: boolean;
  private readonly _open: () => AsyncIterable<Chunk>;
  private readonly _discard: (() => unknown) | undefined;
  private _iterator: AsyncIterator<Chunk> | undefined = undefined;

  constructor(open: () => AsyncIterable<Chunk>, { length, replayable = false, discard }: UploadFacts = {}) {
    this._open = open;
    this.length = length;
    this.replayable = replayable;
    this._discard = discard;
  }

  [Symbol.asyncIterator](): AsyncIterator<Chunk> {
    const iterator = this._open()[Symbol.asyncIterator]();
    this._iterator = iterator;
    this.failure = undefined;
    return { next: () => this._next(iterator), return: () => this.stop() };
  }

  /** Nobody wants the rest. Has no effect on a source that was not begun or has ended. */
  async stop(): Promise<IteratorReturnResult<undefined>> {
    try {
      await this._iterator?.return?.();
    } catch {
      // The request has its outcome already; how its source cleans up is the source's own matter.
    }
    return { done: true, value: undefined };
  }

  /** The request will not be sent: frees a source that was not begun. */
  async discard(): Promise<void> {
    if (this._iterator !== undefined) return;
    try {
      await this._discard?.();
    } catch {
      // As above.
    }
  }

  private async _next(iterator: AsyncIterator<Chunk>): Promise<IteratorResult<Chunk>> {
    try {
      const result = await iterator.next();
      if (!result.done && typeof result.value !== "string" && !(result.value instanceof Uint8Array)) {
        throw new TypeError(
          `Expected the stream in \`data\` to give strings or Uint8Arrays, got ${typeof result.value}`,
        );
      }
      return result;
    } catch (error) {
      this.failure = { error };
      throw error;
    }
  }
}

/** A stream of the caller's: an async generator, Node's Readable, a Web ReadableStream. It can be sent once. */
export function uploadOf(source: AsyncIterable<Chunk>, length?: number): UploadStream {
  const open = () => ({ [Symbol.asyncIterator]: () => chunksOf(source) });
  return new UploadStream(open, { length, discard: () => discardSource(source) });
}

/** A file or what is in memory: it can be sent again, and is read as it is sent. */
export function uploadOfBlob(blob: Blob): UploadStream {
  const open = () => ({ [Symbol.asyncIterator]: () => chunksOf(blob.stream()) });
  return new UploadStream(open, { length: blob.size, replayable: true });
}

/** What streams have, Node's or the web's. */
interface StreamLike {
  destroy?(): unknown;
  cancel?(): Promise<void>;
  return?(): Promise<unknown>;
  getReader?(): ReadableStreamDefaultReader<Chunk>;
}

const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined };

/**
 * What a source gives. `return()` ends it at once, though it is being waited for: the iterators that streams have would
 * wait for their next chunk before, which may never come.
 */
export function chunksOf(source: AsyncIterable<Chunk>): AsyncIterator<Chunk> {
  const stream = source as StreamLike;
  if (typeof stream.getReader === "function") {
    const reader = stream.getReader();
    return {
      next: async () => {
        const { done, value } = await reader.read();
        return done ? DONE : { done, value };
      },
      return: async () => {
        await reader.cancel();
        return DONE;
      },
    };
  }
  const iterator = source[Symbol.asyncIterator]();
  if (typeof stream.destroy !== "function") return iterator;
  return {
    next: () => iterator.next(),
    return: async () => {
      stream.destroy?.();
      return DONE;
    },
  };
}

/** Frees what a stream holds that nobody will read, an open file for instance. */
export async function discardSource(source: AsyncIterable<unknown>): Promise<void> {
  const stream = source as StreamLike;
  if (typeof stream.destroy === "function") stream.destroy();
  else if (typeof stream.cancel === "function") await stream.cancel();
  else if (typeof stream.return === "function") await stream.return();
}
