import assert from "node:assert/strict";
import { createSecretKey } from "node:crypto";
import { BlockList } from "node:net";
import { describe, test } from "node:test";
import { copyByFrame, FrameReader, packFrame } from "../src/frames.ts";

function fail(): void {
  assert.fail("was called");
}

/** Values of the messages that come out when the bytes go in by chunks of `size`. */
function through(bytes: Buffer, size: number): unknown[] {
  const values: unknown[] = [];
  const reader = new FrameReader((frame) => values.push(frame.value()), fail);
  for (let i = 0; i < bytes.length; i += size) reader.push(bytes.subarray(i, i + size));
  return values;
}

describe("messages on a stream", () => {
  test("come out whole and in order, however the stream is cut", () => {
    const messages = [1, "text", { deep: [new Map([[1, new Set([2n])]])] }, null, undefined, "x".repeat(300)];
    const bytes = Buffer.concat(messages.flatMap((message) => packFrame(message)));
    for (const size of [1, 2, 3, 4, 5, 7, 64, 301, bytes.length]) assert.deepEqual(through(bytes, size), messages);
  });

  test("with large buffers in them, too", () => {
    const large = new Uint8Array(100_000).map((_, index) => index % 251);
    const messages = [
      { views: [large, large.subarray(1, 5)], other: new Uint8Array(70_000).fill(7).buffer },
      2,
      [large],
    ];
    const bytes = Buffer.concat(messages.flatMap((message) => packFrame(message)));
    for (const size of [1001, 65_536, bytes.length]) {
      const [first, second, third] = through(bytes, size) as typeof messages;
      assert.deepEqual([first, second, third], messages);
      const { views } = first as { views: Uint8Array[] };
      assert.equal(views[0]?.buffer, views[1]?.buffer);
    }
  });

  test("take what is moved from the value, and copy the rest", () => {
    const [large, small, kept] = [
      new Uint8Array(100_000).fill(1),
      new Uint8Array([2]),
      new Uint8Array(100_000).fill(3),
    ];
    const frame = packFrame([large, small, kept], [large.buffer, small.buffer]);
    assert.deepEqual([large.length, small.length, kept.length], [0, 0, 100_000]);
    kept.fill(9);
    const [value] = through(Buffer.concat(frame), 4096) as [Uint8Array[]];
    assert.deepEqual(
      value.map((bytes) => [bytes.length, bytes[0]]),
      [
        [100_000, 1],
        [1, 2],
        [100_000, 3],
      ],
    );
    assert.throws(() => packFrame([kept, () => 1], [kept.buffer]));
    assert.equal(kept.length, 100_000);
  });

  test("end with what is no message", () => {
    const errors: unknown[] = [];
    const reader = new FrameReader(fail, (error) => errors.push(error));
    reader.push(Buffer.from([3, 0, 0, 0, 1, 2, 3]));
    reader.push(packFrame(1)[0] as Buffer);
    assert.equal(errors.length, 1);
  });
});

class Holder {
  readonly held: unknown;
  constructor(held: unknown) {
    this.held = held;
  }
}

describe("a value in a message", () => {
  test("arrives as structured clone would give it", () => {
    const bytes = new Uint8Array([1, 2, 3, 4]);
    const shared = { x: 1 };
    const values = {
      views: [bytes, bytes.subarray(1, 3), new DataView(bytes.buffer, 2)],
      same: [shared, shared],
      buffer: Buffer.from("abc"),
      error: new RangeError("far", { cause: 1 }),
      date: new Date(7),
      pattern: /a+/giu,
      holes: Object.assign([], { 2: 3 }),
    };
    const there = copyByFrame(values) as typeof values;
    assert.deepEqual(there, structuredClone(values));
    assert.equal(there.views[0]?.buffer, there.views[1]?.buffer);
    assert.equal(there.same[0], there.same[1]);
    assert.equal(there.buffer.constructor, Uint8Array);
    there.views[0] = new Uint8Array();
    assert.deepEqual(bytes, new Uint8Array([1, 2, 3, 4]));
  });

  test("of somebody's class becomes a plain object, in a circle too", () => {
    const list = {
      next: undefined as unknown,
      held: new Holder(new Holder(1)),
      error: new (class extends Error {})("no"),
    };
    list.next = list;
    const there = copyByFrame(list) as typeof list;
    assert.equal(there.next, there);
    assert.deepEqual(there.held, { held: { held: 1 } });
    assert.equal(there.error.message, "no");
  });

  test("that nobody can clone is refused", () => {
    const moved = new Uint8Array([1]);
    structuredClone(moved, { transfer: [moved.buffer] });
    for (const value of [() => 1, Symbol("s"), Promise.resolve(), new WeakMap(), moved]) {
      assert.throws(() => copyByFrame({ deep: [value] }), {
        name: "DataCloneError",
        message: /could not be cloned\.$/,
      });
    }
  });

  test("that belongs to one process is refused, not made an empty object", () => {
    const { port1 } = new MessageChannel();
    port1.close();
    for (const value of [new Blob(["a"]), new BlockList(), createSecretKey("key", "utf8"), port1]) {
      for (const around of [value, [value], { deep: new Map([[1, new Set([value])]]) }, new Holder(value)]) {
        assert.throws(() => copyByFrame(around), {
          name: "DataCloneError",
          message: `#<${value.constructor.name}> could not be cloned: it belongs to the process that made it.`,
        });
      }
    }
    const shared = new Int32Array(new SharedArrayBuffer(4));
    assert.throws(() => copyByFrame([shared]), {
      name: "DataCloneError",
      message: "#<SharedArrayBuffer> could not be cloned: processes share no memory.",
    });
  });
});
