import assert from "node:assert/strict";
import { test } from "node:test";
import * as asyncio from "yieldfrom";
import { newCancelledError } from "../src/errors.ts";

/** Name and code of every error class that the package exports; both are what users match on. */
const classes: Record<string, readonly [new (message: string) => Error, string]> = {
  BrokenBarrierError: [asyncio.BrokenBarrierError, "ERR_BROKEN_BARRIER"],
  CancelledError: [asyncio.CancelledError, "ERR_CANCELLED"],
  DeadlockError: [asyncio.DeadlockError, "ERR_DEADLOCK"],
  InvalidStateError: [asyncio.InvalidStateError, "ERR_INVALID_STATE"],
  KeyboardInterrupt: [asyncio.KeyboardInterrupt, "ERR_KEYBOARD_INTERRUPT"],
  LookupError: [asyncio.LookupError, "ERR_LOOKUP"],
  QueueEmpty: [asyncio.QueueEmpty, "ERR_QUEUE_EMPTY"],
  QueueFull: [asyncio.QueueFull, "ERR_QUEUE_FULL"],
  QueueShutDown: [asyncio.QueueShutDown, "ERR_QUEUE_SHUT_DOWN"],
  RuntimeError: [asyncio.RuntimeError, "ERR_RUNTIME"],
  TimeoutError: [asyncio.TimeoutError, "ERR_TIMEOUT"],
};

for (const [name, [kind, code]] of Object.entries(classes)) {
  test(`${name} is an Error with its name, code, message and stack`, () => {
    const error = new kind("what happened");
    assert.ok(error instanceof Error);
    assert.equal(error.name, name);
    assert.equal((error as unknown as { code: string }).code, code);
    assert.equal(String(error), `${name}: what happened`);
    assert.match(error.stack ?? "", /errors\.test\.ts/);
  });
}

test("no error class is missing from the list above", () => {
  const exported = Object.entries(asyncio as Record<string, unknown>).filter(
    ([, value]) => typeof value === "function" && value.prototype instanceof Error,
  );
  // These take more than a message; the group has a test file of its own.
  const others = ["ExceptionGroup", "IncompleteReadError", "LimitOverrunError"];
  assert.deepEqual(exported.map(([name]) => name).toSorted(), [...Object.keys(classes), ...others].toSorted());
});

test("a deadlock is a RuntimeError", () => {
  assert.ok(new asyncio.DeadlockError("") instanceof asyncio.RuntimeError);
});

test("isCancelled knows the errors of this copy and of others, and nothing else", () => {
  const foreign = Object.assign(new Error("elsewhere"), { code: "ERR_CANCELLED" });
  for (const yes of [new asyncio.CancelledError(), newCancelledError("x"), foreign]) {
    assert.equal(asyncio.isCancelled(yes), true);
  }
  const others = [new Error("no"), new asyncio.TimeoutError(), { code: "ERR_CANCELLED" }, null, undefined, "cancelled"];
  for (const no of others) assert.equal(asyncio.isCancelled(no), false);
});

test("a CancelledError made by the library costs no stack, and leaves the limit as it was", () => {
  const limit = Error.stackTraceLimit;
  assert.equal(newCancelledError("enough").stack, "CancelledError: enough");
  assert.equal(newCancelledError(undefined).message, "");
  assert.equal(Error.stackTraceLimit, limit);
});

test("an IncompleteReadError holds what was read, and says how much was missing", () => {
  const partial = new Uint8Array(3);
  const error = new asyncio.IncompleteReadError(partial, 10);
  assert.equal(error.partial, partial);
  assert.equal(error.expected, 10);
  assert.equal(error.code, "ERR_INCOMPLETE_READ");
  assert.equal(String(error), "IncompleteReadError: the stream ended after 3 bytes of 10 expected");
  const open = new asyncio.IncompleteReadError(partial, null);
  assert.equal(open.message, "the stream ended after 3 bytes before the separator that was to be read up to");
  assert.equal(open.expected, null);
});

test("a LimitOverrunError tells how much can be read", () => {
  const error = new asyncio.LimitOverrunError("separator not found", 64);
  assert.equal(String(error), "LimitOverrunError: separator not found");
  assert.deepEqual([error.consumed, error.code], [64, "ERR_LIMIT_OVERRUN"]);
});
