import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import {
  BoundedSemaphore,
  type Coroutine,
  createTask,
  type Guard,
  Semaphore,
  sleep,
  VirtualEventLoop,
} from "yieldfrom";
import { reportsOf, virtual } from "../helpers.ts";

test("lets so many through at a time, in the order of arrival", () =>
  virtual(function* () {
    const semaphore = new Semaphore(2);
    const order: number[] = [];
    let inside = 0;
    let most = 0;
    function* worker(id: number) {
      using _permit = yield* semaphore;
      order.push(id);
      most = Math.max(most, ++inside);
      yield* sleep(1 + (id % 2));
      inside--;
    }
    const tasks = [0, 1, 2, 3, 4].map((id) => createTask(worker(id)));
    for (const task of tasks) yield* task;
    assert.deepEqual([order, most], [[0, 1, 2, 3, 4], 2]);
    assert.equal(String(semaphore), "<Semaphore unlocked value=2>");
  }));

test("has one permit by default; of 0 the first release() makes one", () =>
  virtual(function* () {
    const one = new Semaphore();
    assert.equal(yield* one.acquire(), true);
    assert.equal(one.locked(), true);
    one.release();
    const none = new Semaphore(0);
    assert.equal(none.locked(), true);
    const waiting = createTask(none.acquire());
    yield* sleep(0);
    none.release();
    assert.equal(yield* waiting, true);
  }));

test("release() hands the permit over at once, so nobody can take it in between", () =>
  virtual(function* () {
    const semaphore = new Semaphore(1);
    const order: string[] = [];
    function* worker(name: string) {
      using _permit = yield* semaphore;
      order.push(name);
    }
    yield* semaphore.acquire();
    const first = createTask(worker("first"));
    yield* sleep(0);
    semaphore.release();
    assert.equal(semaphore.locked(), true);
    yield* worker("newcomer");
    yield* first;
    assert.deepEqual(order, ["first", "newcomer"]);
  }));

test("nobody passes one who was woken, though another permit is free, and then that one is not forgotten", () =>
  virtual(function* () {
    const semaphore = new Semaphore(0);
    const order: string[] = [];
    function* worker(name: string) {
      yield* semaphore.acquire();
      order.push(name);
    }
    const first = createTask(worker("first"));
    yield* sleep(0);
    semaphore.release();
    semaphore.release();
    assert.equal(semaphore.locked(), true);
    yield* worker("newcomer");
    yield* first;
    assert.deepEqual(order, ["first", "newcomer"]);
  }));

test("several permits given back at once wake several", () =>
  virtual(function* () {
    const semaphore = new Semaphore(0);
    const waiting = [1, 2, 3].map(() => createTask(semaphore.acquire()));
    yield* sleep(0);
    semaphore.release();
    semaphore.release();
    yield* sleep(0);
    assert.deepEqual(
      waiting.map((task) => task.done()),
      [true, true, false],
    );
    semaphore.release();
    yield* waiting[2]!;
    assert.equal(String(semaphore), "<Semaphore locked>");
  }));

test("a Semaphore may be released more often than acquired, a BoundedSemaphore not", () =>
  virtual(function* () {
    const loose = new Semaphore(1);
    loose.release();
    assert.equal(String(loose), "<Semaphore unlocked value=2>");
    const strict = new BoundedSemaphore(2);
    const refused = {
      name: "RangeError",
      message:
        "release() of <BoundedSemaphore unlocked value=2>, all of whose 2 permits are free: each acquire() needs one release(), which `using _permit = yield* semaphore` does by itself",
    };
    assert.throws(() => strict.release(), refused);
    yield* strict.acquire();
    strict.release();
    assert.throws(() => strict.release(), refused);
  }));

test("a permit on its way to one who was woken counts as taken for the bound", () =>
  virtual(function* () {
    const semaphore = new BoundedSemaphore(1);
    yield* semaphore.acquire();
    const waiting = createTask(semaphore.acquire());
    yield* sleep(0);
    semaphore.release();
    semaphore.release();
    yield* waiting;
    assert.equal(String(semaphore), "<BoundedSemaphore unlocked value=1>");
    assert.throws(() => semaphore.release(), RangeError);
  }));

test("a number of permits that is none is refused, and named", () => {
  for (const Kind of [Semaphore, BoundedSemaphore]) {
    for (const value of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, null, "x"]) {
      assert.throws(() => new Kind(value as number), {
        name: "RangeError",
        message: `Expected \`value\` of a ${Kind.name} to be a whole number of at least 0, got ${value}`,
      });
    }
  }
});

test("printed: state, free permits and how many wait", () =>
  virtual(function* () {
    const semaphore = new BoundedSemaphore(2);
    assert.equal(`${semaphore}`, "<BoundedSemaphore unlocked value=2>");
    yield* semaphore.acquire();
    yield* semaphore.acquire();
    assert.equal(inspect(semaphore), "<BoundedSemaphore locked>");
    const waiting = createTask(semaphore.acquire());
    yield* sleep(0);
    assert.equal(`${semaphore}`, "<BoundedSemaphore locked waiters=1>");
    semaphore.release();
    yield* waiting;
  }));

test("an acquire() that was never awaited is reported", () => {
  const reports = reportsOf(function* () {
    new Semaphore().acquire();
  });
  assert.deepEqual(
    reports.map(({ message }) => message),
    ["Semaphore.acquire() was never awaited: write `yield* …` before it, or give it to createTask()"],
  );
});

test("contended in two loops: refused by name in the second", () =>
  virtual(function* () {
    const semaphore = new Semaphore(0);
    const waiting = createTask(semaphore.acquire());
    yield* sleep(0);
    {
      using other = new VirtualEventLoop();
      assert.throws(() => other.runUntilComplete(semaphore), {
        name: "RuntimeError",
        message:
          "<Semaphore locked waiters=1> is bound to a different event loop: one made in one run() can't be waited for in another; make one in each run(), or have one run() for all",
      });
    }
    semaphore.release();
    yield* waiting;
  }));

/** The tasks that a report would name. */
const holdersOf = (semaphore: Semaphore) => semaphore._holders().map((task) => task.getName());

test("who holds permits is known while they are held, and not more of them than there are permits", () =>
  virtual(function* () {
    const semaphore = new Semaphore(2);
    const byHand = function* () {
      yield* semaphore;
      yield* sleep(0);
      semaphore.release();
    };
    for (let i = 0; i < 10; i++) yield* createTask(byHand());
    const take = function* (): Coroutine<Guard> {
      return yield* semaphore;
    };
    const guards: Guard[] = [];
    for (const name of ["one", "two"]) guards.push(yield* createTask(take(), { name }));
    assert.deepEqual(holdersOf(semaphore), ["one", "two"]);
    guards[0]![Symbol.dispose]();
    guards[0]![Symbol.dispose]();
    assert.deepEqual(holdersOf(semaphore), ["two"]);
    guards[1]![Symbol.dispose]();
    assert.deepEqual(holdersOf(semaphore), []);
    assert.equal(String(semaphore), "<Semaphore unlocked value=2>");
  }));

test("a semaphore that is released by others than take its permits keeps none of these in mind", () =>
  virtual(function* () {
    const items = new Semaphore(0);
    const forgotten: Guard[] = [];
    for (let i = 0; i < 10; i++) {
      items.release();
      forgotten.push(yield* items);
    }
    assert.equal(holdersOf(items).length, 1);
    for (const permit of forgotten) permit[Symbol.dispose]();
    assert.deepEqual(holdersOf(items), []);
    assert.equal(String(items), "<Semaphore unlocked value=10>");
  }));
