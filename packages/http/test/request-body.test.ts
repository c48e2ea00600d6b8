import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { describe, test } from "node:test";
import { requestBody, UploadStream } from "../src/request-body.ts";

test("a body has the type of what it is made of", () => {
  assert.equal(requestBody(undefined, undefined), undefined);
  assert.deepEqual(requestBody("a", undefined), { data: "a", contentType: "text/plain; charset=utf-8" });
  const bytes = new Uint8Array(1);
  assert.deepEqual(requestBody(bytes, undefined), { data: bytes, contentType: "application/octet-stream" });
  assert.deepEqual(requestBody(undefined, null), { data: "null", contentType: "application/json" });
  assert.ok(requestBody(Readable.from([]), undefined)?.data instanceof UploadStream);
});

test("what can't be a body is refused by name", () => {
  const data = (value: unknown) => () => requestBody(value as string, undefined);
  for (const [value, kind] of [
    [1, "number"],
    [null, "null"],
    [{}, "object"],
    [["a"], "object"],
  ] as const) {
    assert.throws(data(value), { name: "TypeError", message: new RegExp(`AsyncIterable, got ${kind}$`) });
  }
  assert.throws(() => requestBody(undefined, () => 1), /`json` to be a value that JSON can say, got function/);
  assert.throws(() => requestBody("a", 1), /Expected `data` or `json`, got both/);
});

describe("an UploadStream", () => {
  test("gives its chunks, and remembers its source's error", async () => {
    const error = new Error("disk");
    const stream = new UploadStream(
      (async function* () {
        yield "a";
        throw error;
      })(),
    );
    const got: unknown[] = [];
    await assert.rejects(async () => {
      for await (const chunk of stream) got.push(chunk);
    }, error);
    assert.deepEqual(got, ["a"]);
    assert.equal(stream.failure?.error, error);
  });

  test("stops its source, and has no failure then", async () => {
    let stopped = false;
    const stream = new UploadStream(
      (async function* () {
        try {
          for (;;) yield "a";
        } finally {
          stopped = true;
        }
      })(),
    );
    await stream[Symbol.asyncIterator]().next();
    await stream.stop();
    assert.deepEqual([stopped, stream.failure], [true, undefined]);
  });

  test("can be stopped before it began, and if its source can't be, or fails", async () => {
    const source = (more: object) => new UploadStream({ [Symbol.asyncIterator]: () => more as AsyncIterator<string> });
    const next = async () => ({ done: false, value: "a" });
    await source({ next }).stop();
    for (const more of [{ next }, { next, return: () => Promise.reject(new Error("cleanup")) }]) {
      const stream = source(more);
      await stream[Symbol.asyncIterator]().next();
      assert.deepEqual(await stream.stop(), { done: true, value: undefined });
    }
  });
});
