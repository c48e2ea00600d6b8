import assert from "node:assert/strict";
import { test } from "node:test";
import { WeakCallbacks } from "../../src/util/weak-callbacks.ts";

test("callbacks are called once, in the order added, save those taken out", () => {
  const callbacks = new WeakCallbacks();
  const calls: string[] = [];
  const kept = ["a", "b", "c"].map((name) => () => void calls.push(name));
  const [, second] = kept.map((fn) => callbacks.add(fn));
  callbacks.delete(second!);
  assert.equal(callbacks.size, 2);
  callbacks.callAll();
  callbacks.callAll();
  assert.deepEqual(calls, ["a", "c"]);
  assert.equal(callbacks.size, 0);
});

test("one that is added while they are called is for the next time", () => {
  const callbacks = new WeakCallbacks();
  const calls: string[] = [];
  const later = () => void calls.push("later");
  const first = () => {
    calls.push("first");
    callbacks.add(later);
  };
  callbacks.add(first);
  callbacks.callAll();
  assert.deepEqual(calls, ["first"]);
  callbacks.callAll();
  assert.deepEqual(calls, ["first", "later"]);
});
