import assert from "node:assert/strict";
import { test } from "node:test";
import { coroutine, createTask, currentTask, from, getRunningLoop, run, sleep } from "yieldfrom";
import { virtual } from "../helpers.ts";

const failure = new Error("broken");

/** A thenable that is settled by hand and calls back on the spot. */
class Deferred<T> implements PromiseLike<T> {
  resolve: (value: T) => void = () => {};
  reject: (error: unknown) => void = () => {};

  // biome-ignore lint/suspicious/noThenProperty: being thenable is the point
  then<A = T, B = never>(
    onResult?: ((value: T) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): PromiseLike<A | B> {
    this.resolve = (value) => void onResult?.(value);
    this.reject = (error) => void onError?.(error);
    return this as never;
  }
}

test("a thenable that calls back on the spot gives its outcome without a wait", () => {
  const thenable = (ok: boolean): PromiseLike<string> =>
    ({
      // biome-ignore lint/suspicious/noThenProperty: being thenable is the point
      then(onResult: (value: string) => void, onError: (error: unknown) => void) {
        if (ok) onResult("at once");
        else onError(failure);
      },
    }) as unknown as PromiseLike<string>;
  virtual(function* () {
    let iterations = 0;
    getRunningLoop().callSoon(() => iterations++);
    assert.equal(yield* from(thenable(true)), "at once");
    let thrown: unknown;
    try {
      yield* from(thenable(false));
    } catch (error) {
      thrown = error;
    }
    assert.equal(thrown, failure);
    assert.equal(iterations, 0);
    yield* sleep(0);
  });
});

test("a thenable that is settled by a task of the same loop wakes its waiter through the queue", () => {
  virtual(function* () {
    const deferred = new Deferred<string>();
    const order: string[] = [];
    const task = createTask(
      (function* () {
        order.push(yield* from(deferred));
      })(),
    );
    yield* sleep(0);
    deferred.resolve("settled");
    order.push("the settler goes on");
    yield* task;
    assert.deepEqual(order, ["the settler goes on", "settled"]);
  });
});

test("a thenable that is settled by a coroutine() of another loop leaves that coroutine alone", async () => {
  const deferred = new Deferred<void>();
  const order: string[] = [];
  const child = coroutine(function* child() {
    yield* sleep(1);
    order.push(`child in ${currentTask()?.getName()}`);
  });
  const waiter = coroutine(function* waiter() {
    yield* from(deferred);
    yield* child();
  });
  const settler = coroutine(function* settler() {
    yield* sleep(5);
    const last = coroutine(function* last() {
      deferred.resolve();
      yield* sleep(5);
      order.push(`settler in ${currentTask()?.getName()}`);
    });
    yield* last();
  });
  await Promise.all(
    [waiter, settler].map((fn) =>
      run(function* () {
        yield* createTask(fn(), { name: fn.name });
      }),
    ),
  );
  assert.deepEqual(order, ["child in waiter", "settler in settler"]);
});

test("a thenable that is settled by a task of another loop lets that go on to its next wait first", async () => {
  const log: string[] = [];
  const deferred = new Deferred<string>();
  const waits = run(function* () {
    log.push(yield* from(deferred));
  });
  const settles = run(function* () {
    yield* sleep(0);
    const task = currentTask();
    deferred.resolve("heard");
    log.push("settled");
    assert.equal(currentTask(), task);
    yield* sleep(0);
  });
  await Promise.all([waits, settles]);
  assert.deepEqual(log, ["settled", "heard"]);
});
