import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { type ExceptionContext, sleep, VirtualEventLoop } from "yieldfrom";

const failure = new Error("broken");

test("what is not a function is refused when it is scheduled", () => {
  const loop = new VirtualEventLoop();
  for (const schedule of [
    () => loop.callSoon(undefined as never),
    () => loop.callLater(1, "later" as never),
    () => loop.callAt(1, 5 as never),
  ]) {
    assert.throws(schedule, {
      name: "TypeError",
      message: /^Expected a callback function, got (undefined|"later"|5)$/,
    });
  }
  loop.close();
});

test("a time that is no number is refused, and NaN", () => {
  const loop = new VirtualEventLoop();
  assert.throws(() => loop.callLater("5" as never, () => {}), {
    name: "TypeError",
    message: "Expected `delay` to be a number of milliseconds, got 5",
  });
  assert.throws(() => loop.callAt(null as never, () => {}), {
    name: "TypeError",
    message: "Expected `when` to be a number of milliseconds, got null",
  });
  assert.throws(() => loop.callLater(Number.NaN, () => {}), {
    name: "RangeError",
    message: "Expected `delay` to be a number of milliseconds, got NaN",
  });
  loop.close();
});

test("a time that has passed is due at once, after what is ready (rule R3)", () => {
  const loop = new VirtualEventLoop({ start: 1000 });
  const calls: string[] = [];
  loop.callLater(-5, () => calls.push("negative"));
  loop.callAt(Number.NEGATIVE_INFINITY, () => calls.push("long ago"));
  loop.callSoon(() => calls.push("soon"));
  loop.runUntilComplete(sleep(0));
  assert.deepEqual(calls, ["soon", "long ago", "negative"]);
  assert.equal(loop.time(), 1000);
  loop.close();
});

test("an error out of a callback is reported with its handle, and the iteration goes on (rule R5)", () => {
  const loop = new VirtualEventLoop();
  const reports: ExceptionContext[] = [];
  loop.setExceptionHandler((_, context) => reports.push(context));
  const explode = () => {
    throw failure;
  };
  const handles = [loop.callSoon(explode), loop.callLater(0, explode)];
  let reached = 0;
  loop.callSoon(() => reached++);
  loop.runUntilComplete(sleep(0));
  assert.equal(reached, 1);
  assert.deepEqual(
    reports.map(({ message, exception, handle }) => [message, exception, handle]),
    handles.map((handle) => ["Exception in callback explode()", failure, handle]),
  );
  loop.close();
});

test("the handler can be set, read and put back", () => {
  const loop = new VirtualEventLoop();
  assert.equal(loop.getExceptionHandler(), null);
  const handler = () => {};
  loop.setExceptionHandler(handler);
  assert.equal(loop.getExceptionHandler(), handler);
  loop.setExceptionHandler(null);
  assert.equal(loop.getExceptionHandler(), null);
  assert.throws(() => loop.setExceptionHandler("print" as never), {
    name: "TypeError",
    message: "Expected `handler` to be a function or null, got print",
  });
  loop.close();
});

/** What `fn` prints on stderr by the default handler. */
function printed(fn: (loop: VirtualEventLoop) => void): unknown[][] {
  const loop = new VirtualEventLoop();
  const print = mock.method(console, "error", () => {});
  try {
    fn(loop);
    return print.mock.calls.map((call) => call.arguments);
  } finally {
    print.mock.restore();
    loop.close();
  }
}

test("the default handler prints message, future, task, handle and error", () => {
  let future = "";
  let handle = "";
  const lines = printed((loop) => {
    const made = { future: loop.createFuture(), handle: loop.callSoon(() => {}) };
    [future, handle] = [String(made.future), String(made.handle)];
    loop.callExceptionHandler({ message: "trouble", exception: failure, ...made });
    loop.callExceptionHandler({ message: "no error here" });
    loop.callExceptionHandler({ message: "thrown undefined", exception: undefined });
  });
  assert.deepEqual(lines, [
    [`yieldfrom: trouble\n  future: ${future}\n  handle: ${handle}`, failure],
    ["yieldfrom: no error here"],
    ["yieldfrom: thrown undefined", undefined],
  ]);
});

test("an error that can't be printed is no end of the loop: it is printed that it can't", () => {
  const lines: unknown[] = [];
  const print = mock.method(console, "error", (...parts: unknown[]) => {
    // What the real one does for an error with an `inspect` of its own, or with a getter that throws.
    if (typeof parts[1] === "object") throw new Error("no looking");
    lines.push(...parts);
  });
  const loop = new VirtualEventLoop();
  try {
    loop.callSoon(function broken() {
      throw failure;
    });
    loop.callSoon(() => loop.stop());
    loop.runForever();
  } finally {
    print.mock.restore();
    loop.close();
  }
  assert.equal(lines.length, 1);
  assert.match(
    String(lines[0]),
    /^yieldfrom: Exception in callback broken\(\)\nException in the default exception handler: Error: no looking\n/,
  );
});

test("a handler that throws is reported by the default one, with what it was told", () => {
  const second = new Error("handler broken");
  const lines = printed((loop) => {
    loop.setExceptionHandler(() => {
      throw second;
    });
    loop.callExceptionHandler({ message: "trouble", exception: failure });
  });
  assert.deepEqual(lines, [
    ["yieldfrom: Exception in the loop's exception handler", second],
    ["yieldfrom: trouble", failure],
  ]);
});
