import { format } from "content-disposition";
import { type Chunk, chunksOf, discardSource, UploadStream } from "./upload.ts";

/** What a field of a form may be: text, or what is sent as a file. */
export type FormValue = string | number | bigint | boolean | Uint8Array | Blob | AsyncIterable<Chunk>;

/** The fields of a form by name, or as pairs; an array is the name repeated. */
export type FormFields =
  | Readonly<Record<string, FormValue | readonly FormValue[]>>
  | Iterable<readonly [string, FormValue | readonly FormValue[]]>;

/** What differs for one field. */
export interface FieldOptions {
  /** The file's name, as the server sees it. Default: a `File`'s own name; for other bytes and streams, the field's. */
  readonly filename?: string;
  /** Default: a Blob's own; `application/octet-stream` for other files; none for text. */
  readonly contentType?: string;
  /** Bytes that a stream will give, if that is known. A form whose lengths are all known has a Content-Length. */
  readonly length?: number;
}

interface Part {
  readonly name: string;
  readonly value: string | Uint8Array | Blob | AsyncIterable<Chunk>;
  readonly filename: string | undefined;
  readonly contentType: string | undefined;
  readonly length: number | undefined;
}

/** A form as a request's body. */
export interface EncodedForm {
  readonly data: string | UploadStream;
  readonly contentType: string;
}

/**
 * A form to send as `data`. With a file in it, or a `contentType` or `filename` for a field, it is sent as
 * `multipart/form-data`, else as `application/x-www-form-urlencoded`. Files (`fs.openAsBlob` gives one on disk) are read as they are sent.
 * Source: aiohttp `FormData`; the web's own FormData is taken for `data` too.
 *
 * ```ts
 * const form = new FormData({ country: "cn" });
 * form.addField("flag", new Blob(["GIF89a"], { type: "image/gif" }), { filename: "cn.gif" });
 * using session = new ClientSession();
 * using response = yield* session.post(url, { data: form });
 * console.log(form.isMultipart, response.status); // → true 200
 * ```
 */
export class FormData {
  private readonly _parts: Part[] = [];
  private _isMultipart: boolean;

  /** @throws TypeError as `addField` */
  constructor(fields?: FormFields, { defaultToMultipart = false }: { readonly defaultToMultipart?: boolean } = {}) {
    this._isMultipart = defaultToMultipart;
    if (fields === undefined) return;
    for (const [name, value] of Symbol.iterator in fields ? fields : Object.entries(fields)) {
      for (const one of Array.isArray(value) ? value : [value]) this.addField(name, one);
    }
  }

  /** Whether it will be sent as `multipart/form-data`. */
  get isMultipart(): boolean {
    return this._isMultipart;
  }

  /**
   * Adds a field; names may repeat.
   * @throws TypeError for a value that can't be sent, or a `contentType` with a line break
   */
  addField(name: string, value: FormValue, options: FieldOptions = {}): void {
    const { contentType } = options;
    if (contentType !== undefined && /[^\t\x20-\x7e\x80-\xff]/.test(contentType)) {
      throw new TypeError(
        `Expected \`contentType\` of the field ${JSON.stringify(name)} to have no control characters`,
      );
    }
    const text = textOf(value);
    if (text !== undefined) {
      if (contentType !== undefined || options.filename !== undefined) this._isMultipart = true;
      this._parts.push({ name, value: text, filename: options.filename, contentType, length: Buffer.byteLength(text) });
      return;
    }
    if (!isFile(value)) {
      const got = value === null ? "null" : typeof value;
      throw new TypeError(
        `Expected the field ${JSON.stringify(name)} to be text, a number, bytes, a Blob or a stream of bytes, got ${got}`,
      );
    }
    this._isMultipart = true;
    const file = value as Blob & { readonly name?: string };
    const own = value instanceof Blob ? file.type : "";
    this._parts.push({
      name,
      value,
      filename: options.filename ?? (value instanceof Blob ? file.name : undefined) ?? name,
      contentType: contentType ?? (own || "application/octet-stream"),
      length: value instanceof Blob ? value.size : value instanceof Uint8Array ? value.byteLength : options.length,
    });
  }

  /** @internal As it is sent. */
  _encode(): EncodedForm {
    if (!this._isMultipart) {
      const pairs = new URLSearchParams();
      for (const { name, value } of this._parts) pairs.append(name, value as string);
      return { data: pairs.toString(), contentType: "application/x-www-form-urlencoded" };
    }
    const boundary = `yieldfrom-${crypto.randomUUID().replaceAll("-", "")}`;
    return { data: multipart(this._parts, boundary), contentType: `multipart/form-data; boundary=${boundary}` };
  }
}

/** A form of the web's. It is sent as `multipart/form-data` whatever is in it, as `fetch` does. */
export function formOfWeb(web: globalThis.FormData): FormData {
  const form = new FormData(undefined, { defaultToMultipart: true });
  for (const [name, value] of web) form.addField(name, value);
  return form;
}

function textOf(value: FormValue): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value === "boolean" || typeof value === "bigint") return String(value);
  return typeof value === "number" && Number.isFinite(value) ? String(value) : undefined;
}

function isFile(value: unknown): value is Uint8Array | Blob | AsyncIterable<Chunk> {
  if (value instanceof Uint8Array || value instanceof Blob) return true;
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value;
}

/** RFC 7578. */
function multipart(parts: readonly Part[], boundary: string): UploadStream {
  const heads = parts.map((part) => headOf(part, boundary));
  const end = `--${boundary}--\r\n`;
  let length: number | undefined = Buffer.byteLength(end);
  parts.forEach((part, i) => {
    if (length === undefined || part.length === undefined) length = undefined;
    else length += Buffer.byteLength(heads[i]!) + part.length + 2;
  });
  const streams = parts.map(({ value }) => value).filter(isOnlyOnce);
  const open = () => ({ [Symbol.asyncIterator]: () => new Encoded(parts, heads, end) });
  return new UploadStream(open, {
    length,
    replayable: streams.length === 0,
    discard: () => Promise.all(streams.map(discardSource)),
  });
}

function isOnlyOnce(value: Part["value"]): value is AsyncIterable<Chunk> {
  return typeof value === "object" && !(value instanceof Uint8Array) && !(value instanceof Blob);
}

function headOf({ name, filename, contentType }: Part, boundary: string): string {
  const parameters = filename === undefined ? { name } : { name, filename };
  const disposition = format({ type: "form-data", parameters }, { multipart: true });
  const type = contentType === undefined ? "" : `Content-Type: ${contentType}\r\n`;
  return `--${boundary}\r\nContent-Disposition: ${disposition}\r\n${type}\r\n`;
}

/** The parts, one after the other. */
class Encoded implements AsyncIterator<Chunk> {
  private readonly _parts: readonly Part[];
  private readonly _chunks: AsyncGenerator<Chunk, void>;
  /** The file that is being read. */
  private _current: AsyncIterator<Chunk> | undefined = undefined;
  private _stopped = false;

  constructor(parts: readonly Part[], heads: readonly string[], end: string) {
    this._parts = parts;
    this._chunks = this._encode(heads, end);
  }

  next(): Promise<IteratorResult<Chunk>> {
    return this._chunks.next();
  }

  /** Ends all its files, begun or not. */
  async return(): Promise<IteratorReturnResult<undefined>> {
    this._stopped = true;
    const ending: Promise<unknown>[] = [];
    if (this._current?.return !== undefined) ending.push(this._current.return());
    for (const { value } of this._parts) if (isOnlyOnce(value)) ending.push(discardSource(value));
    await Promise.allSettled(ending);
    return { done: true, value: undefined };
  }

  private async *_encode(heads: readonly string[], end: string): AsyncGenerator<Chunk, void> {
    let before = "";
    for (const [i, { value }] of this._parts.entries()) {
      before += heads[i]!;
      if (typeof value === "string") before += value;
      else {
        yield before;
        if (value instanceof Uint8Array) yield value;
        else yield* this._read(value instanceof Blob ? value.stream() : value);
        if (this._stopped) return;
        before = "";
      }
      before += "\r\n";
    }
    yield before + end;
  }

  private async *_read(source: AsyncIterable<Chunk>): AsyncGenerator<Chunk, void> {
    this._current = chunksOf(source);
    for (;;) {
      const { done, value } = await this._current.next();
      if (done || this._stopped) return;
      yield value;
    }
  }
}
