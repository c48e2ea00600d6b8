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
  // A group takes more than a message, and is tested below.
  assert.deepEqual(exported.map(([name]) => name).toSorted(), [...Object.keys(classes), "ExceptionGroup"].toSorted());
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

test("an ExceptionGroup holds its errors and counts them in its message", () => {
  const errors = [new Error("a"), new TypeError("b")];
  const group = new asyncio.ExceptionGroup("several failed", errors);
  assert.ok(group instanceof AggregateError);
  assert.deepEqual(group.errors, errors);
  assert.equal(group.name, "ExceptionGroup");
  assert.equal(group.code, "ERR_EXCEPTION_GROUP");
  assert.equal(group.message, "several failed (2 sub-exceptions)");
  assert.equal(new asyncio.ExceptionGroup("one", [errors[0]]).message, "one (1 sub-exception)");
  assert.throws(() => new asyncio.ExceptionGroup("none", []), {
    name: "RangeError",
    message: "Expected `errors` of an ExceptionGroup to hold an error, got none",
  });
});
