import type { EventLoop } from "yieldfrom";
import { type BodyFunction, uploadOfCoroutine } from "./body-writer.ts";
import { FormData, type FormFields, formOfWeb } from "./form-data.ts";
import { type Chunk, UploadStream, uploadOf, uploadOfBlob } from "./upload.ts";

export { UploadStream } from "./upload.ts";

/**
 * A body to send:
 *
 * - text (sent as UTF-8), bytes, a Blob (also of a file on disk: `fs.openAsBlob`);
 * - a form: URLSearchParams, a plain object or pairs, a FormData of this package or of the web;
 * - a stream of text and bytes: an AsyncIterable, as Node's Readable and the web's ReadableStream are;
 * - a coroutine function that writes it.
 */
export type RequestData =
  | string
  | Uint8Array
  | ArrayBuffer
  | Blob
  | URLSearchParams
  | FormData
  | globalThis.FormData
  | AsyncIterable<Chunk>
  | BodyFunction
  | FormFields;

/** A body as it is sent. */
export interface RequestBody {
  readonly data: Uint8Array | string | UploadStream;
  /** The Content-Type that it has unless the caller names one. */
  readonly contentType: string;
}

/** How a body is to be made. */
export interface BodyTerms {
  /** Whose task a body is that a coroutine writes. */
  readonly loop: EventLoop;
  readonly jsonSerialize: (value: unknown) => string;
  /** Whether it is sent in chunks, without a Content-Length, though its length is known. */
  readonly chunked: boolean;
}

/**
 * The body that the options `data` and `json` ask for.
 * @throws TypeError for both, for something that can't be sent, or for a value that JSON can't say
 */
export function requestBody(data: RequestData | undefined, json: unknown, terms: BodyTerms): RequestBody | undefined {
  if (data === undefined && json === undefined) return undefined;
  if (data !== undefined && json !== undefined) {
    throw new TypeError("Expected `data` or `json`, got both; a request has one body");
  }
  const body = data === undefined ? jsonBody(json, terms) : dataBody(data, terms);
  return terms.chunked ? { ...body, data: inChunks(body.data) } : body;
}

/** Whether a body can be sent again. */
export function isReplayable(body: RequestBody | undefined): boolean {
  return !(body?.data instanceof UploadStream) || body.data.replayable;
}

function dataBody(data: RequestData, terms: BodyTerms): RequestBody {
  const contentType = "application/octet-stream";
  if (typeof data === "string") return { data, contentType: "text/plain; charset=utf-8" };
  if (typeof data === "function") return { data: uploadOfCoroutine(data, terms.loop), contentType };
  if (typeof data !== "object" || data === null) throw refused(data);
  if (data instanceof Uint8Array) return { data, contentType };
  if (data instanceof ArrayBuffer) return { data: new Uint8Array(data), contentType };
  if (ArrayBuffer.isView(data)) throw refused(data);
  if (data instanceof Blob) return { data: uploadOfBlob(data), contentType: data.type || contentType };
  if (data instanceof URLSearchParams) {
    return { data: data.toString(), contentType: "application/x-www-form-urlencoded" };
  }
  if (data instanceof FormData) return data._encode();
  if (data instanceof globalThis.FormData) return formOfWeb(data)._encode();
  if (Symbol.asyncIterator in data) return { data: uploadOf(data), contentType };
  return new FormData(fieldsOf(data))._encode();
}

/** Only a plain object is taken for a form: any other would be sent as something that nobody meant. */
function fieldsOf(data: FormFields): FormFields {
  if (data instanceof Map) return data;
  if (Array.isArray(data)) {
    if (data.every((pair) => Array.isArray(pair) && pair.length === 2 && typeof pair[0] === "string")) return data;
    throw refused(data);
  }
  const prototype = Object.getPrototypeOf(data) as unknown;
  if (prototype === Object.prototype || prototype === null) return data;
  throw refused(data);
}

function refused(data: unknown): TypeError {
  const { name } = ((data as object | null)?.constructor ?? {}) as { name?: string };
  const got = data === null ? "null" : typeof data === "object" ? (name ?? "object") : typeof data;
  const what =
    "text, bytes, a Blob, a form (object, pairs, URLSearchParams, FormData), a stream or a coroutine function";
  return new TypeError(`Expected \`data\` to be ${what}, got ${got}; \`json\` takes any value`);
}

function jsonBody(json: unknown, { jsonSerialize }: BodyTerms): RequestBody {
  const data = jsonSerialize(json) as string | undefined;
  if (data === undefined) throw new TypeError(`Expected \`json\` to be a value that JSON can say, got ${typeof json}`);
  if (typeof data !== "string")
    throw new TypeError(`Expected \`jsonSerialize\` to return a string, got ${typeof data}`);
  return { data, contentType: "application/json" };
}

function inChunks(data: RequestBody["data"]): UploadStream {
  if (data instanceof UploadStream) {
    return new UploadStream(() => data, { replayable: data.replayable, discard: () => data.discard() });
  }
  const whole = async function* () {
    if (data.length > 0) yield data;
  };
  return new UploadStream(whole, { replayable: true });
}
