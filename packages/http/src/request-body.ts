/**
 * A body to send: text (sent as UTF-8), bytes, or a stream of them. A ReadableStream and Node's Readable are
 * AsyncIterables.
 */
export type RequestData = string | Uint8Array | AsyncIterable<Chunk>;

/** A body as it is sent. */
export interface RequestBody {
  readonly data: Uint8Array | string | UploadStream;
  /** The Content-Type that it has unless the caller names one. */
  readonly contentType: string;
}

/**
 * The body that the options `data` and `json` ask for.
 * @throws TypeError for both, for something that can't be sent, or for a value that JSON can't say
 */
export function requestBody(data: RequestData | undefined, json: unknown): RequestBody | undefined {
  if (data === undefined) return json === undefined ? undefined : jsonBody(json);
  if (json !== undefined) throw new TypeError("Expected `data` or `json`, got both; a request has one body");
  if (typeof data === "string") return { data, contentType: "text/plain; charset=utf-8" };
  if (data instanceof Uint8Array) return { data, contentType: "application/octet-stream" };
  if (typeof data === "object" && data !== null && Symbol.asyncIterator in data) {
    return { data: new UploadStream(data), contentType: "application/octet-stream" };
  }
  const kind = data === null ? "null" : typeof data;
  throw new TypeError(`Expected \`data\` to be a string, a Uint8Array, a ReadableStream or AsyncIterable, got ${kind}`);
}

function jsonBody(json: unknown): RequestBody {
  const data = JSON.stringify(json);
  if (data === undefined) throw new TypeError(`Expected \`json\` to be a value that JSON can say, got ${typeof json}`);
  return { data, contentType: "application/json" };
}

type Chunk = string | Uint8Array;

/** A stream on its way up. It can be sent once, and remembers the error that it failed with by itself. */
export class UploadStream implements AsyncIterable<Chunk> {
  /** The source's own error, which is the caller's and not the network's. */
  failure: { readonly error: unknown } | undefined = undefined;
  private readonly _source: AsyncIterable<Chunk>;
  private _iterator: AsyncIterator<Chunk> | undefined = undefined;

  constructor(source: AsyncIterable<Chunk>) {
    this._source = source;
  }

  [Symbol.asyncIterator](): AsyncIterator<Chunk> {
    this._iterator = this._source[Symbol.asyncIterator]();
    return { next: () => this._next(), return: () => this.stop() };
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

  private async _next(): Promise<IteratorResult<Chunk>> {
    try {
      const result = await this._iterator!.next();
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
