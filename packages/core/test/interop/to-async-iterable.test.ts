import assert from "node:assert/strict";
import { test } from "node:test";
import {
  asCompleted,
  CancelledError,
  ContextVar,
  type Coroutine,
  coroutine,
  createTask,
  type ExceptionContext,
  Future,
  from,
  getRunningLoop,
  HostEventLoop,
  Queue,
  run,
  sleep,
  toAsyncIterable,
} from "yieldfrom";
import { after, quietly } from "../helpers.ts";

const broken = new Error("broken");

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

test("an Iterable of awaitables is awaited one by one, in an async function of its own", () =>
  quietly(function* () {
    const items = toAsyncIterable([after(2, "a"), sleep(1, "b"), createTask(after(1, "c")), coroutine(after)(1, "d")]);
    assert.deepEqual(yield* from(collect(items)), ["a", "b", "c", "d"]);
    const completed = toAsyncIterable(asCompleted([after(9, "late"), after(1, "early")]));
    assert.deepEqual(yield* from(collect(completed)), ["early", "late"]);
    assert.deepEqual(yield* from(collect(toAsyncIterable([]))), []);
  }));

test("the Iterable may be a generator, which runs in the loop", () =>
  quietly(function* () {
    function* todo() {
      for (const value of ["a", "b"]) yield createTask(after(1, value));
    }
    assert.deepEqual(yield* from(collect(toAsyncIterable(todo()))), ["a", "b"]);
    const futures = yield* from(collect(toAsyncIterable(asCompleted([sleep(1, "x")]).tasks())));
    assert.equal(futures[0]!.result(), "x");
  }));

test("a Queue is emptied until it is shut down", () =>
  quietly(function* () {
    const queue = new Queue<number>(1);
    const items = collect(toAsyncIterable(queue));
    for (let i = 0; i < 3; i++) yield* queue.put(i);
    yield* sleep(1);
    queue.shutdown();
    assert.deepEqual(yield* from(items), [0, 1, 2]);
  }));

test("it works outside of the loop's callbacks, with the loop named", async () => {
  const loop = new HostEventLoop();
  const queue = new Queue<number>();
  const items = collect(toAsyncIterable(queue, { loop }));
  const running = loop.runUntilComplete(
    (function* () {
      for (let i = 0; i < 3; i++) {
        yield* sleep(1);
        queue.putNowait(i);
      }
      queue.shutdown();
      yield* from(items);
    })(),
  );
  assert.deepEqual(await items, [0, 1, 2]);
  await running;
  loop.close();
  assert.throws(() => toAsyncIterable(queue), {
    message: /^toAsyncIterable\(\) needs an event loop and none is running/,
  });
});

test("an error is thrown and ends it, and closes the Iterable", () =>
  quietly(function* () {
    let closed = 0;
    function* todo() {
      try {
        yield after(1, "a");
        yield (function* (): Coroutine<string> {
          yield* sleep(1);
          throw broken;
        })();
        yield after(1, "never");
      } finally {
        closed++;
      }
    }
    const items = toAsyncIterable(todo());
    const seen: string[] = [];
    const consume = async () => {
      for await (const item of items) seen.push(item);
    };
    assert.equal(yield* from(consume().catch((error: unknown) => error)), broken);
    assert.deepEqual([seen, closed], [["a"], 1]);
    assert.deepEqual(yield* from(items.next()), { done: true, value: undefined });
  }));

test("an error of the Iterable's own return() is reported, not put in the place of the first", async () => {
  const reports: ExceptionContext[] = [];
  const loop = new HostEventLoop();
  loop.setExceptionHandler((_, context) => reports.push(context));
  const other = new Error("other");
  const source = {
    [Symbol.iterator]: () => ({
      next: () => ({ done: false, value: 5 as never }),
      return() {
        throw other;
      },
    }),
  };
  const error = await run(() => from(collect(toAsyncIterable(source)).catch((error: unknown) => error)), { loop });
  assert.match(String(error), /^TypeError: Expected a coroutine, .* in the list of toAsyncIterable\(\), got 5$/);
  assert.deepEqual(reports, [{ message: "exception while toAsyncIterable() closed its source", exception: other }]);
});

test("a break closes the Iterable; what was not asked for is left alone", () =>
  quietly(function* () {
    let closed = 0;
    const tasks = [createTask(sleep(1, "a")), createTask(sleep(2, "b"))];
    function* todo() {
      try {
        yield* tasks;
      } finally {
        closed++;
      }
    }
    const consume = async () => {
      for await (const item of toAsyncIterable(todo())) return item;
      return "nothing";
    };
    assert.equal(yield* from(consume()), "a");
    assert.equal(closed, 1);
    assert.equal(yield* tasks[1]!, "b");
  }));

test("an Iterable that was closed or has ended is not closed again, nor asked again", () =>
  quietly(function* () {
    const log: string[] = [];
    const source = (count: number) => ({
      [Symbol.iterator]() {
        let given = 0;
        return {
          next() {
            log.push("next");
            return given++ < count
              ? { done: false as const, value: sleep(0, "x") }
              : { done: true as const, value: undefined };
          },
          return() {
            log.push("return");
            return { done: true as const, value: undefined };
          },
        };
      },
    });
    const left = toAsyncIterable(source(9));
    yield* from(left.next());
    yield* from(left.return!());
    yield* from(left.return!());
    yield* from(left.next());
    assert.deepEqual(log.splice(0), ["next", "return"]);
    const ended = toAsyncIterable(source(0));
    yield* from(ended.next());
    yield* from(ended.next());
    yield* from(ended.return!());
    assert.deepEqual(log, ["next"]);
  }));

test("return() cancels what is under way and waits for its end; who asked for it gets the end", () =>
  quietly(function* () {
    const log: string[] = [];
    function* slow(): Coroutine<string> {
      try {
        yield* sleep(1000);
      } finally {
        yield* sleep(1);
        log.push("cleaned");
      }
      return "slept";
    }
    const items = toAsyncIterable([slow(), after(1, "next")]);
    const first = items.next();
    const second = items.next();
    yield* sleep(1);
    const closing = items.return!("closed" as never);
    assert.deepEqual(yield* from(closing), { done: true, value: "closed" });
    assert.deepEqual(log, ["cleaned"]);
    assert.deepEqual(yield* from(Promise.all([first, second])), [
      { done: true, value: undefined },
      { done: true, value: undefined },
    ]);
    assert.deepEqual(yield* from(items.return!()), { done: true, value: undefined });
  }));

test("what is under way may refuse, or fail: whoever asked for it is told", () =>
  quietly(function* () {
    function* ending(end: () => string): Coroutine<string> {
      try {
        yield* sleep(1000);
      } catch {
        return end();
      }
      return "slept";
    }
    const fail = () => {
      throw broken;
    };
    for (const end of [() => "refused", fail]) {
      const items = toAsyncIterable([ending(end)]);
      const asked = items.next().catch((error: unknown) => error);
      yield* sleep(1);
      yield* from(items.return!());
      assert.deepEqual(yield* from(asked), end === fail ? broken : { done: false, value: "refused" });
    }
  }));

test("a cancellation by someone else is thrown as what it is", () =>
  quietly(function* () {
    const future = new Future<void>();
    const items = toAsyncIterable([future]);
    const asked = items.next().catch((error: unknown) => error);
    yield* sleep(1);
    future.cancel("by others");
    const error = yield* from(asked);
    assert.ok(error instanceof CancelledError);
    assert.equal(error.message, "by others");
  }));

test("several asked for at once are answered in order, and no item of a queue is lost by return()", () =>
  quietly(function* () {
    const queue = new Queue<number>();
    const items = toAsyncIterable(queue);
    const asked = [items.next(), items.next()];
    yield* sleep(1);
    queue.putNowait(1);
    queue.putNowait(2);
    yield* sleep(1);
    assert.deepEqual(yield* from(Promise.all(asked)), [
      { done: false, value: 1 },
      { done: false, value: 2 },
    ]);
    const third = items.next();
    yield* sleep(1);
    queue.putNowait(3);
    yield* from(items.return!());
    const { done } = yield* from(third);
    assert.equal(queue.qsize(), done ? 1 : 0);
  }));

test("it can be disposed of, and runs in the context it was made in", () =>
  quietly(function* () {
    const variable = new ContextVar<string>("variable");
    variable.set("value");
    function* reads(): Coroutine<string> {
      yield* sleep(0);
      return variable.get();
    }
    const loop = getRunningLoop();
    const { promise, resolve } = Promise.withResolvers<string[]>();
    const items = toAsyncIterable([reads()], { loop });
    setImmediate(() => void collect(items).then(resolve));
    assert.deepEqual(yield* from(promise), ["value"]);
    let closed = false;
    const useIt = async () => {
      await using open = toAsyncIterable(
        (function* () {
          try {
            yield sleep(1);
          } finally {
            closed = true;
          }
        })(),
      ) as AsyncIterableIterator<void> & AsyncDisposable;
      await open.next();
    };
    yield* from(useIt());
    assert.equal(closed, true);
  }));

test("what is neither a Queue nor an Iterable of awaitables is refused", () =>
  quietly(function* () {
    const expected = "Expected `source` of toAsyncIterable() to be an Iterable of awaitables or a Queue, got ";
    const one = sleep(1);
    for (const [source, brief] of [
      [5, "5"],
      [null, "null"],
      [one, "sleep(1)"],
      [new Future(), "<Future pending>"],
    ] as const) {
      assert.throws(() => toAsyncIterable(source as never), { name: "TypeError", message: `${expected}${brief}` });
    }
    yield* one;
  }));
