/** encode-error and decode-error are two halves of one thing. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CancelledError, ExceptionGroup, RuntimeError, TimeoutError } from "yieldfrom";
import { decodeThrown } from "../src/decode-error.ts";
import { encodeThrown } from "../src/encode-error.ts";
import * as jobs from "./workers/jobs.ts";

/** As if thrown there and caught here. */
function across(thrown: unknown): unknown {
  return decodeThrown(structuredClone(encodeThrown(thrown)));
}

function thrownBy(fn: () => unknown): unknown {
  try {
    fn();
  } catch (error) {
    return across(error);
  }
  throw new Error("nothing was thrown");
}

describe("an error that crosses between threads", () => {
  test("is a real Error of the nearest builtin class, with its stack", () => {
    const source = new jobs.ShopError(7);
    const error = across(source) as jobs.ShopError;
    assert.ok(error instanceof RangeError && Error.prototype.toString.call(error) === "ShopError: no item 7");
    assert.equal(error.stack, source.stack);
    assert.equal(error.code, "E_SHOP");
    assert.deepEqual(
      Object.keys(error),
      Object.keys(source).filter((key) => key !== "retry"),
    );
    assert.equal(Object.getOwnPropertyDescriptor(error, "cause")?.enumerable, false);
  });

  test("of core's classes is one again, and another library's of that name is not", () => {
    for (const source of [new TimeoutError("late"), new CancelledError("stop"), new RuntimeError("wrong moment")]) {
      const error = across(source);
      assert.ok(error instanceof source.constructor);
      assert.deepEqual(error, source);
    }
    const SameName = class TimeoutError extends Error {};
    const sameCode = Object.assign(new TypeError("other"), { code: "ERR_TIMEOUT" });
    for (const source of [new SameName("other"), sameCode]) {
      const error = across(source);
      assert.ok(error instanceof Error && !(error instanceof TimeoutError));
      assert.equal(error.message, "other");
    }
  });

  test("a group keeps its members, errors or not", () => {
    const error = thrownBy(jobs.failWithGroup) as AggregateError;
    assert.ok(error instanceof AggregateError);
    assert.equal((error.errors[0] as jobs.ShopError).code, "E_SHOP");
    assert.equal(error.errors[1], "plain");
    const group = across(new ExceptionGroup("two", [new TypeError("a"), new TimeoutError("b")])) as ExceptionGroup;
    assert.ok(group instanceof ExceptionGroup);
    assert.equal(group.message, "two (2 sub-exceptions)");
    assert.ok(group.errors[0] instanceof TypeError && group.errors[1] instanceof TimeoutError);
  });

  test("may be its own cause", () => {
    const error = thrownBy(jobs.failInCircle) as Error;
    assert.equal(error.message, "round");
    assert.equal(error.cause, error);
  });

  test("an AbortError stays a DOMException", () => {
    const error = thrownBy(jobs.abort) as DOMException;
    assert.ok(error instanceof DOMException);
    assert.deepEqual([error.name, error.code], ["AbortError", DOMException.ABORT_ERR]);
    assert.match(error.stack ?? "", /jobs\.ts/);
  });

  test("loses a property that can't be cloned, or that is computed, and nothing else", () => {
    const source = Object.assign(new Error("no"), { socket: { close: () => {} }, port: 80 });
    Object.defineProperty(source, "computed", { enumerable: true, get: () => assert.fail("was read") });
    assert.deepEqual(Object.keys(across(source) as Error), ["port"]);
  });
});

describe("something else that is thrown", () => {
  test("is copied", () => {
    assert.equal(across("text"), "text");
    assert.equal(across(0), 0);
    assert.deepEqual(across({ status: 404 }), { status: 404 });
    assert.deepEqual(across([1, [2]]), [1, [2]]);
  });

  test("becomes an Error that shows it, if it can't be, or is null or undefined", () => {
    assert.match(
      (thrownBy(jobs.throwFunction) as Error).message,
      /^The job threw a value that can't be sent: \[Function/,
    );
    assert.equal((across(undefined) as Error).message, "The job threw undefined.");
    assert.equal((across(null) as Error).message, "The job threw null.");
    assert.deepEqual(across([() => 1]), ["[Function (anonymous)]"]);
  });
});
