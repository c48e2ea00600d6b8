import assert from "node:assert/strict";
import { test } from "node:test";
import { copyAll, copyWith } from "../src/copy.ts";

test("primitives need no copy", () => {
  const values = ["text", 1, true, undefined, null, 10n];
  assert.deepEqual(copyAll(values), { copy: values, moves: [] });
});

test("objects are copied, and stay one object if they were", () => {
  const shared = { x: 1 };
  const { copy, moves } = copyAll([shared, shared]);
  assert.deepEqual(copy, [shared, shared]);
  assert.notEqual(copy[0], shared);
  assert.equal(copy[0], copy[1]);
  assert.deepEqual(moves, []);
});

test("the buffers of the copy may be moved, each once; shared memory stays shared", () => {
  const bytes = new Uint8Array([1, 2, 3, 4]);
  const memory = new Int32Array(new SharedArrayBuffer(4));
  const { copy, moves } = copyAll([bytes, bytes.subarray(1), bytes.buffer, memory] as const);
  assert.equal(moves.length, 1);
  assert.equal(moves[0], copy[0].buffer);
  assert.notEqual(copy[0].buffer, bytes.buffer);
  memory[0] = 7;
  assert.equal(copy[3][0], 7);
});

test("what can't be copied is refused by the platform", () => {
  assert.throws(() => copyAll([1, () => 1]), { name: "DataCloneError" });
  assert.throws(() => copyAll([Symbol("s")]), { name: "DataCloneError" });
});

test("what is to be moved is gone when the copy is there, and moves on with it", () => {
  const bytes = new Uint8Array([1, 2, 3]);
  const { port1, port2 } = new MessageChannel();
  const { copy, moves } = copyWith([{ bytes }, port1, 4] as const, [bytes.buffer, port1 as never]);
  assert.equal(bytes.length, 0);
  assert.deepEqual(copy[0].bytes, new Uint8Array([1, 2, 3]));
  assert.deepEqual(moves, [copy[0].bytes.buffer, copy[1]]);
  (copy[1] as MessagePort).close();
  port2.close();
});
