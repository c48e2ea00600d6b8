import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { holdsMark, movesOf, transfer, unmarked } from "../src/transfer.ts";

describe("transfer()", () => {
  test("marks a value with what is to be moved", () => {
    const bytes = new Uint8Array(3);
    const marked = transfer(bytes);
    assert.deepEqual([movesOf(marked), unmarked(marked)], [[bytes.buffer], bytes]);
    assert.deepEqual(movesOf(transfer(bytes.buffer)), [bytes.buffer]);
    const image = { width: 1, pixels: bytes };
    assert.deepEqual(movesOf(transfer(image, [bytes.buffer])), [bytes.buffer]);
    const { port1, port2 } = new MessageChannel();
    assert.deepEqual(movesOf(transfer(port1)), [port1]);
    port1.close();
    port2.close();
    const stream = new ReadableStream();
    assert.deepEqual(movesOf(transfer(stream)), [stream]);
  });

  test("refuses what has nothing to move, and says how to name it", () => {
    for (const value of [1, "text", null, undefined, [new Uint8Array(1)], { pixels: new Uint8Array(1) }]) {
      assert.throws(
        () => transfer(value),
        /^TypeError: transfer\(\) can't move .* name them: transfer\(value, \[value\.pixels\.buffer\]\)/s,
      );
    }
    assert.throws(() => transfer({}, [[] as never]), /^TypeError: transfer\(\) can't move \[\]/);
    assert.throws(() => transfer(new SharedArrayBuffer(4)), /Shared memory needs no transfer: both sides see it/);
  });

  test("a marked value can't be sent by mistake, and is found where it lies deeper", () => {
    const marked = transfer(new Uint8Array(1));
    assert.throws(() => structuredClone(marked), { name: "DataCloneError" });
    assert.deepEqual([{ bytes: marked }, [marked], marked, 1, null].map(holdsMark), [true, true, false, false, false]);
    assert.equal(movesOf({ value: 1 }), undefined);
  });
});
