import type * as Zlib from "node:zlib";
import { ByteQueue } from "./byte-queue.ts";
import { BodyTooLargeError, ClientPayloadError } from "./errors.ts";
import type { Exchange } from "./exchange.ts";

/** A body that has grown to more than this must not be more than RATIO times what came, unless a bound is set. */
const SUSPICIOUS = 64 * 1024 * 1024;
const RATIO = 100;
/** Most codings one over the other; a server that means well uses one. */
const MOST_CODINGS = 3;
/** A body no larger than this is inflated at once, and not in pieces by another thread. */
const SMALL = 64 * 1024;
/** The window that a browser allows: 8 MiB, which is also the memory that it takes. RFC 9659. */
const ZSTD_WINDOW_LOG = 23;

/** Loaded when a compressed body comes: that takes some milliseconds. */
const zlib = () => process.getBuiltinModule("node:zlib");
const zstdOptions = () => ({ params: { [zlib().constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG } });
const CHUNK = { chunkSize: 64 * 1024 };

interface Coding {
  /** @param first the first bytes */
  make(first: Uint8Array): Zlib.Gunzip | Zlib.Inflate | Zlib.InflateRaw | Zlib.BrotliDecompress | Zlib.ZstdDecompress;
  sync(data: Uint8Array, most: number): Buffer;
}

const GZIP: Coding = {
  make: () => zlib().createGunzip(CHUNK),
  sync: (data, maxOutputLength) => zlib().gunzipSync(data, { maxOutputLength }),
};

/** "deflate" is the format of zlib; some servers send the mere stream of RFC 1951. Their first bytes tell. */
const DEFLATE: Coding = {
  make: (first) => (isZlib(first) ? zlib().createInflate(CHUNK) : zlib().createInflateRaw(CHUNK)),
  sync: (data, maxOutputLength) =>
    (isZlib(data) ? zlib().inflateSync : zlib().inflateRawSync)(data, { maxOutputLength }),
};

const CODINGS: Readonly<Record<string, Coding | undefined>> = {
  gzip: GZIP,
  "x-gzip": GZIP,
  deflate: DEFLATE,
  br: {
    make: () => zlib().createBrotliDecompress(CHUNK),
    sync: (data, maxOutputLength) => zlib().brotliDecompressSync(data, { maxOutputLength }),
  },
  zstd: {
    make: () => zlib().createZstdDecompress({ ...CHUNK, ...zstdOptions() }),
    sync: (data, maxOutputLength) => zlib().zstdDecompressSync(data, { ...zstdOptions(), maxOutputLength }),
  },
};

const ZLIB_HEAD = new Uint8Array([0x78]);

function isZlib(data: Uint8Array): boolean {
  return ((data[0] ?? 0) & 0x0f) === 8;
}

/**
 * The codings of a Content-Encoding header, outermost first; `undefined` if there is nothing to decode: none is named, or
 * one that is not known here, and then the body is left as it is, as in aiohttp.
 */
export function codingsOf(header: string): readonly Coding[] | undefined {
  const codings: Coding[] = [];
  for (const part of header.split(",")) {
    const name = part.trim().toLowerCase();
    if (name === "" || name === "identity") continue;
    const coding = CODINGS[name];
    if (coding === undefined || codings.length === MOST_CODINGS) return undefined;
    codings.unshift(coding);
  }
  return codings.length === 0 ? undefined : codings;
}

/**
 * Decompresses a body on its way from its exchange to its reader. It takes in no more than the reader takes out, so a
 * bomb fills no memory while it is read in pieces; and it ends at a bound, so it does not fill it when it is gathered
 * either.
 */
export class Inflater {
  /** What came, decompressed. */
  readonly queue: ByteQueue;
  private readonly _exchange: Exchange;
  private readonly _codings: readonly Coding[];
  private readonly _most: number | null | undefined;
  private _stages: ReturnType<Coding["make"]>[] = [];
  private _taken = 0;
  private _begun = false;
  private _ended = false;

  /** @param most bytes that the body may grow to; `null`: any; `undefined`: by the rule of `maxInflatedSize` */
  constructor(exchange: Exchange, codings: readonly Coding[], most: number | null | undefined) {
    this._exchange = exchange;
    this._codings = codings;
    this._most = most;
    this.queue = new ByteQueue({
      pause: () => this._stages.at(-1)?.pause(),
      resume: () => this._stages.at(-1)?.resume(),
    });
  }

  /** Whether it has begun and not ended. */
  get isBusy(): boolean {
    return this._begun && !this._ended;
  }

  /** Begins to take in; somebody reads. */
  begin(): void {
    if (this._begun || this._ended) return;
    this._begun = true;
    this._take();
  }

  /**
   * The whole body at once, if it has come, is small, and does not grow much; else `undefined`.
   * @throws ClientPayloadError if it can't be decompressed
   */
  all(): Uint8Array | undefined {
    const { body } = this._exchange;
    const [coding] = this._codings;
    if (this._begun || this._ended || this._codings.length !== 1 || !this._exchange.ended || body.size > SMALL)
      return undefined;
    const whole = body.takeSome();
    if (whole === undefined) return undefined;
    if (whole === null) {
      this._end();
      return new Uint8Array();
    }
    const most = Math.min(this._most ?? Number.POSITIVE_INFINITY, SMALL * 16);
    try {
      const all = new Uint8Array(coding!.sync(whole, most)); // In a buffer of its own, as all that `read` gives.
      this._end();
      return all;
    } catch (cause) {
      if ((cause as { code?: unknown }).code !== "ERR_BUFFER_TOO_LARGE") {
        const error = this._broken(cause as Error);
        this._fail(error);
        throw error;
      }
      body.unread(whole);
      return undefined;
    }
  }

  /** Nobody wants the rest: who asks for it all the same gets `error`. */
  stop(error: Error): void {
    if (this._ended) return;
    this._ended = true;
    for (const stage of this._stages) stage.destroy();
    this.queue.fail(error);
  }

  private _take(): void {
    if (this._ended) return;
    const { body } = this._exchange;
    let chunk: Uint8Array | null | undefined;
    try {
      chunk = body.takeSome();
    } catch (error) {
      this._fail(error as Error);
      return;
    }
    if (chunk === undefined) {
      body.watch(() => this._take());
      return;
    }
    if (this._stages.length === 0) {
      // A body of no bytes was not compressed either, whatever its header says.
      if (chunk === null) {
        this._end();
        return;
      }
      this._open(chunk);
    }
    const [first] = this._stages;
    if (chunk === null) {
      first!.end();
      return;
    }
    this._taken += chunk.byteLength;
    first!.write(chunk, (error) => {
      if (error === null || error === undefined) this._take();
    });
  }

  private _open(first: Uint8Array): void {
    // What comes out of another coding is not known yet: that it is what the standard says is taken for granted.
    this._stages = this._codings.map((coding, i) => coding.make(i === 0 ? first : ZLIB_HEAD));
    let grown = 0;
    for (const [i, stage] of this._stages.entries()) {
      stage.on("error", (cause) => this._fail(this._broken(cause)));
      if (i > 0) this._stages[i - 1]!.pipe(stage);
    }
    this._stages
      .at(-1)!
      .on("data", (chunk: Uint8Array) => {
        grown += chunk.byteLength;
        if (this._isTooMuch(grown)) this._fail(this._tooLarge());
        else this.queue.push(chunk);
      })
      .on("end", () => this._end());
  }

  private _isTooMuch(grown: number): boolean {
    if (this._most !== undefined) return this._most !== null && grown > this._most;
    return grown > SUSPICIOUS && grown > RATIO * this._taken;
  }

  private _end(): void {
    if (this._ended) return;
    this._ended = true;
    this.queue.end();
  }

  private _fail(error: Error): void {
    this.stop(error);
    this._exchange.abort(error);
  }

  private _broken(cause: Error): ClientPayloadError {
    const what = `the body could not be decompressed: ${cause.message}`;
    return new ClientPayloadError(this._exchange, "reading the body", what, { cause });
  }

  private _tooLarge(): BodyTooLargeError {
    const advice = "`maxInflatedSize: …` sets the bound, null for none";
    const what =
      this._most === undefined
        ? `the body grows beyond ${SUSPICIOUS} bytes and ${RATIO} times the ${this._taken} that came`
        : `the body grows beyond the ${this._most} bytes of \`maxInflatedSize\`, from ${this._taken} that came`;
    return new BodyTooLargeError(this._exchange, "reading the body", `${what}; ${advice},`);
  }
}
