/** From other kinds of streams to ours. `outlets.ts` has the way back. */
import process from "node:process";
import { Readable, Writable } from "node:stream";
import type { ReadableStream, WritableStream } from "node:stream/web";
import { brief } from "./brief.ts";
import { hostLoop } from "./host-loop.ts";
import { ReadPipeTransport } from "./read-pipe.ts";
import { StreamReaderProtocol } from "./stream-protocol.ts";
import { StreamReader, type StreamReaderOptions } from "./stream-reader.ts";
import { StreamWriter } from "./stream-writer.ts";
import { WritePipeTransport } from "./write-pipe.ts";

/** What a StreamReader can be made of: a Node Readable, a Web ReadableStream, an AsyncIterable. Strings are taken as UTF-8. */
export type ByteSource = Readable | WebSource | AsyncIterable<Uint8Array | string>;

/** What a StreamWriter can be made of: a Node Writable, a Web WritableStream. */
export type ByteTarget = Writable | WebTarget;

/** As little of a ReadableStream as tells it: there are several types of that name. */
export interface WebSource {
  readonly locked: boolean;
  getReader(): { read(): PromiseLike<unknown> };
}

/** As little of a WritableStream. */
export interface WebTarget {
  readonly locked: boolean;
  getWriter(): { readonly ready: PromiseLike<unknown> };
}

/** A StreamReader of something that it also closes. */
export class SourceReader extends StreamReader implements Disposable {
  private readonly _source: ReadPipeTransport;

  /** @internal */
  constructor(source: Readable, options: StreamReaderOptions) {
    const loop = options.loop ?? hostLoop("streamReaderFrom");
    super({ ...options, loop });
    this._source = new ReadPipeTransport(loop, source, new StreamReaderProtocol(this));
  }

  /** Reads no more: the source is closed, as an async iterator is at a `break`. What was not read is dropped. Idempotent. */
  close(): void {
    this._source.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/**
 * A StreamReader of a Node Readable, a Web ReadableStream or an AsyncIterable of bytes.
 *
 * ```ts
 * const response = new Response("one\ntwo\n"); // as of fetch()
 * using reader = streamReaderFrom(response.body!);
 * console.log(String(yield* reader.readLine()).trimEnd()); // → one
 * ```
 * The source is asked for more only while the reader has room, an error of it is thrown by each read, and closing the reader, as
 * `using` does, closes the source.
 * @throws TypeError for anything else, and for a stream with an encoding set
 */
export function streamReaderFrom(source: ByteSource, options: StreamReaderOptions = {}): SourceReader {
  return new SourceReader(readableOf(source), options);
}

/**
 * A StreamWriter to a Node Writable or a Web WritableStream: its `drain()` waits for that one, its `close()` ends it, and errors come
 * out of `drain()` and `waitClosed()`.
 *
 * ```ts
 * const { readable, writable } = new CompressionStream("gzip");
 * using writer = streamWriterTo(writable);
 * using reader = streamReaderFrom(readable);
 * writer.write("a long text");
 * writer.close();
 * console.log((yield* reader.read()).subarray(0, 2).toString("hex")); // → 1f8b
 * ```
 * @throws TypeError for anything else
 */
export function streamWriterTo(target: ByteTarget): StreamWriter {
  const loop = hostLoop("streamWriterTo");
  const protocol = new StreamReaderProtocol(new StreamReader({ loop }));
  return new StreamWriter(new WritePipeTransport(loop, writableOf(target), protocol), protocol, null);
}

/**
 * What is typed in, or piped in, as a StreamReader: `process.stdin`. asyncio leaves this to `connect_read_pipe` and ten lines.
 *
 * ```ts
 * using stdin = stdinReader();
 * const name = String(yield* stdin.readLine()).trimEnd();
 * ```
 * One at a time. While there is one the process stays alive, for there may be more to come; it is let go of by `close()`, and at the
 * end of `run()`.
 */
export function stdinReader(options: StreamReaderOptions = {}): SourceReader {
  return new SourceReader(process.stdin, options);
}

/**
 * `process.stdout` as a StreamWriter, whose `drain()` waits for a slow terminal or pipe. Closing it flushes, and leaves
 * `console.log` as it was.
 */
export function stdoutWriter(): StreamWriter {
  return streamWriterTo(process.stdout);
}

function readableOf(source: ByteSource): Readable {
  if (source instanceof Readable) return source;
  if (typeof (source as Partial<WebSource> | null)?.getReader === "function") {
    return Readable.fromWeb(source as ReadableStream<Uint8Array>);
  }
  const iterable = source as AsyncIterable<Uint8Array | string> | null;
  if (typeof iterable?.[Symbol.asyncIterator] === "function") return Readable.from(iterable, { objectMode: false });
  throw new TypeError(
    `Expected \`source\` to be a Node Readable, a ReadableStream or an AsyncIterable of bytes, got ${brief(source)}`,
  );
}

function writableOf(target: ByteTarget): Writable {
  if (target instanceof Writable) return target;
  if (typeof (target as Partial<WebTarget> | null)?.getWriter === "function") {
    return Writable.fromWeb(target as WritableStream<Uint8Array>);
  }
  throw new TypeError(`Expected \`target\` to be a Node Writable or a WritableStream, got ${brief(target)}`);
}
