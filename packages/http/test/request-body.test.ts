import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { describe, test } from "node:test";
import { newEventLoop } from "yieldfrom";
import { FormData as OwnFormData } from "../src/form-data.ts";
import { isReplayable, type RequestData, requestBody } from "../src/request-body.ts";
import { UploadStream } from "../src/upload.ts";

const loop = newEventLoop();
const terms = { loop, jsonSerialize: JSON.stringify, chunked: false };
const of = (data: unknown) => requestBody(data as RequestData, undefined, terms);

async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}

test("a body has the type of what it is made of", () => {
  assert.equal(of(undefined), undefined);
  assert.deepEqual(of("a"), { data: "a", contentType: "text/plain; charset=utf-8" });
  const bytes = new Uint8Array(1);
  const contentType = "application/octet-stream";
  assert.deepEqual(of(bytes), { data: bytes, contentType });
  assert.deepEqual(of(bytes.buffer), { data: bytes, contentType });
  assert.deepEqual(requestBody(undefined, null, terms), { data: "null", contentType: "application/json" });
  const form = "application/x-www-form-urlencoded";
  for (const fields of [
    { a: "1 &", b: [2, true] },
    new Map<string, unknown>([
      ["a", "1 &"],
      ["b", [2, true]],
    ]),
    [
      ["a", "1 &"],
      ["b", 2],
      ["b", "true"],
    ],
  ]) {
    assert.deepEqual(of(fields), { data: "a=1+%26&b=2&b=true", contentType: form });
  }
  assert.deepEqual(of(new URLSearchParams("a=1&a=2")), { data: "a=1&a=2", contentType: form });
  assert.deepEqual(of(new OwnFormData({ a: "ü" })), { data: "a=%C3%BC", contentType: form });
  assert.equal(of(Object.assign(Object.create(null), { a: "1" }))?.data, "a=1");
  assert.equal(of(new Blob(["a"], { type: "image/gif" }))?.contentType, "image/gif");
  assert.equal(of(new Blob(["a"]))?.contentType, contentType);
  for (const multipart of [
    { a: new Uint8Array(1) },
    new FormData(),
    new OwnFormData({}, { defaultToMultipart: true }),
  ]) {
    assert.match(of(multipart)?.contentType ?? "", /^multipart\/form-data; boundary=yieldfrom-[0-9a-f]{32}$/);
  }
});

test("a body that is in memory or in a file can be sent again, and has a length", () => {
  const twice = async function* () {
    yield "a";
  };
  for (const [data, replayable, length] of [
    ["a", true, undefined],
    [{ a: "1" }, true, undefined],
    [new Blob(["abc"]), true, 3],
    [Readable.from([]), false, undefined],
    [twice(), false, undefined],
    [function* () {}, false, undefined],
    [{ a: twice() }, false, undefined],
  ] as const) {
    const body = of(data);
    assert.equal(isReplayable(body), replayable);
    assert.equal(body?.data instanceof UploadStream ? body.data.length : undefined, length);
  }
});

test("a body in chunks has no length, and can be sent again if it could before", async () => {
  const chunked = (data: unknown) => requestBody(data as RequestData, undefined, { ...terms, chunked: true })!;
  for (const data of ["ab", new Uint8Array([97, 98]), new Blob(["ab"])]) {
    const body = chunked(data);
    assert.ok(body.data instanceof UploadStream && body.data.replayable && body.data.length === undefined);
    for (let i = 0; i < 2; i++) assert.equal((await all(body.data)).map(String).join("").replace("97,98", "ab"), "ab");
  }
  assert.deepEqual(await all(chunked("").data as UploadStream), []);
  assert.equal(isReplayable(chunked(Readable.from([]))), false);
});

test("JSON is made by the session's function", () => {
  const jsonSerialize = (value: unknown) =>
    JSON.stringify(value, (_, each) => (typeof each === "bigint" ? `${each}` : each));
  assert.equal(requestBody(undefined, { n: 1n }, { ...terms, jsonSerialize })?.data, '{"n":"1"}');
  const odd = { ...terms, jsonSerialize: () => 1 as unknown as string };
  assert.throws(() => requestBody(undefined, 1, odd), /Expected `jsonSerialize` to return a string, got number/);
});

test("what can't be a body is refused by name", () => {
  for (const [value, kind] of [
    [1, "number"],
    [null, "null"],
    [true, "boolean"],
    [["a"], "Array"],
    [new Date(), "Date"],
    [new Float64Array(1), "Float64Array"],
  ] as const) {
    assert.throws(() => of(value), {
      name: "TypeError",
      message: new RegExp(`Expected \`data\` to be.*, got ${kind};`),
    });
  }
  assert.throws(() => of({ a: { b: 1 } }), /Expected the field "a" to be text, a number, bytes.*got object/);
  assert.throws(() => of({ a: Number.NaN }), /Expected the field "a".*got number/);
  assert.throws(() => requestBody(undefined, () => 1, terms), /`json` to be a value that JSON can say, got function/);
  assert.throws(() => requestBody("a", 1, terms), /Expected `data` or `json`, got both/);
});

describe("an UploadStream", () => {
  test("gives its chunks, and remembers its source's error", async () => {
    const error = new Error("disk");
    const stream = new UploadStream(async function* () {
      yield "a";
      throw error;
    });
    const got: unknown[] = [];
    await assert.rejects(async () => {
      for await (const chunk of stream) got.push(chunk);
    }, error);
    assert.deepEqual(got, ["a"]);
    assert.equal(stream.failure?.error, error);
  });

  test("stops its source, and has no failure then", async () => {
    let stopped = false;
    const stream = new UploadStream(async function* () {
      try {
        for (;;) yield "a";
      } finally {
        stopped = true;
      }
    });
    await stream[Symbol.asyncIterator]().next();
    await stream.stop();
    assert.deepEqual([stopped, stream.failure], [true, undefined]);
  });

  test("can be stopped before it began, and if its source can't be, or fails", async () => {
    const source = (more: object) =>
      new UploadStream(() => ({ [Symbol.asyncIterator]: () => more as AsyncIterator<string> }));
    const next = async () => ({ done: false, value: "a" });
    await source({ next }).stop();
    for (const more of [{ next }, { next, return: () => Promise.reject(new Error("cleanup")) }]) {
      const stream = source(more);
      await stream[Symbol.asyncIterator]().next();
      assert.deepEqual(await stream.stop(), { done: true, value: undefined });
    }
  });

  test("that nobody began is discarded with its source; one that was begun is not", async () => {
    const discarded = async (data: AsyncIterable<string>, begun: boolean) => {
      const stream = of(data)?.data as UploadStream;
      if (begun) await stream[Symbol.asyncIterator]().next();
      await stream.discard();
    };
    const readable = Readable.from(["a", "b"]);
    await discarded(readable, false);
    assert.ok(readable.destroyed);
    const begun = Readable.from(["a", "b"]);
    await discarded(begun, true);
    assert.ok(!begun.destroyed);
    begun.destroy();
    let cancelled = false;
    await discarded(
      new ReadableStream<string>({
        cancel: () => {
          cancelled = true;
        },
      }),
      false,
    );
    assert.ok(cancelled);
    const failing = {
      return: () => Promise.reject(new Error("x")),
      [Symbol.asyncIterator]: () => assert.fail("begun"),
    };
    await discarded(failing as unknown as AsyncIterable<string>, false);
  });
});
