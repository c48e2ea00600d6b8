import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Awaitable,
  Condition,
  type Coroutine,
  coroutine,
  createTask,
  DeadlockError,
  Event,
  Future,
  gather,
  Lock,
  Queue,
  Semaphore,
  sleep,
  taskGroup,
  VirtualEventLoop,
  wait,
} from "yieldfrom";

/** The report of a program that comes to a standstill, without the places of files. */
function reportOf(main: () => Awaitable<unknown>): string[] {
  const loop = new VirtualEventLoop();
  loop.setExceptionHandler(() => {});
  try {
    loop.runUntilComplete(loop.createTask(coroutine(main)(), { name: "main" }));
  } catch (error) {
    assert.ok(error instanceof DeadlockError, String(error));
    return error.message
      .split("\n")
      .slice(1)
      .map((line) =>
        line
          .replace(/\(\S*\/(.*?):\d+:\d+\)/, "($1)")
          .replace(/<(\w+) (\w+) name='(\w+)'.*>/, "<$1 $2 $3>")
          .replace(/\(\) at .*\)$/, "() at …)"),
      );
  } finally {
    loop.close();
  }
  assert.fail("no deadlock");
}

const holds = coroutine(function* holds(lock: Lock | Semaphore | Condition, next: Awaitable<unknown>) {
  using _held = yield* lock;
  yield* sleep(1);
  yield* next;
});

test("two locks taken in opposite orders: who holds what, and the circle", () => {
  const report = reportOf(function* main() {
    const [a, b] = [new Lock(), new Lock()];
    yield* gather([
      createTask(holds(a, b.acquire()), { name: "one" }),
      createTask(holds(b, a.acquire()), { name: "two" }),
    ]);
  });
  assert.deepEqual(report, [
    "pending tasks and what they wait for:",
    "  <Task pending main>",
    "    at main (deadlock.test.ts)",
    "  <Task pending one>",
    "    at holds (deadlock.test.ts)",
    "    held by Task 'two' (holds() at …)",
    "  <Task pending two>",
    "    at holds (deadlock.test.ts)",
    "    held by Task 'one' (holds() at …)",
    "they wait in a circle: 'one' -> 'two' -> 'one'",
  ]);
});

test("a lock that was never released: the task that ended with it", () => {
  const report = reportOf(function* main() {
    const lock = new Lock();
    yield* createTask(
      (function* () {
        yield* lock.acquire();
      })(),
      { name: "careless" },
    );
    yield* lock.acquire();
  });
  assert.equal(report[3], "    held by <Task finished careless>, which ended without releasing it");
});

test("a lock's holder is forgotten when it is released, and not known if no task took it", () => {
  const report = reportOf(function* main() {
    const lock = new Lock();
    yield* lock.acquire();
    lock.release();
    const loop = new VirtualEventLoop();
    loop.close();
    const taken = lock.acquire();
    yield* taken;
    lock.release();
    yield* new Future();
  });
  assert.equal(report.length, 3, report.join("\n"));
});

test("a semaphore: all who hold a permit by a guard, and no more when they gave it back", () => {
  const report = reportOf(function* main() {
    const semaphore = new Semaphore(2);
    {
      using _mine = yield* semaphore;
    }
    for (const name of ["one", "two"]) createTask(holds(semaphore, new Future()), { name });
    yield* sleep(1);
    yield* semaphore.acquire();
  });
  assert.deepEqual(report.slice(1, 5), [
    "  <Task pending main>",
    "    at main (deadlock.test.ts)",
    "    held by Task 'one' (holds() at …)",
    "    held by Task 'two' (holds() at …)",
  ]);
});

test("a condition's lock", () => {
  const report = reportOf(function* main() {
    const condition = new Condition();
    createTask(holds(condition, new Event().wait()), { name: "one" });
    yield* sleep(1);
    yield* condition.acquire();
  });
  assert.equal(report[3], "    held by Task 'one' (holds() at …)");
});

test("a circle through a gather, a group and wait()", () => {
  for (const join of [
    (all: Future<unknown>[]) => gather(all),
    (all: Future<unknown>[]) => wait(all),
    (all: Future<unknown>[]) =>
      taskGroup(function* (group) {
        group.createTask(
          (function* () {
            yield* all[1]!;
          })(),
          { name: "member" },
        );
      }),
  ]) {
    const report = reportOf(function* main() {
      const gate = new Lock();
      const tasks: Future<unknown>[] = [createTask(sleep(1))];
      const joins = createTask(
        (function* () {
          using _held = yield* gate;
          yield* join(tasks);
        })(),
        { name: "joins" },
      );
      tasks.push(createTask(holds(gate, new Future()), { name: "needs" }));
      yield* joins;
    });
    assert.match(report.at(-1)!, /^they wait in a circle: 'joins' -> ('member' -> )?'needs' -> 'joins'$/);
  }
});

test("what nobody holds is named, and there is no circle", () => {
  const report = reportOf(function* main() {
    yield* new Queue<number>().get();
  });
  assert.deepEqual(report, [
    "pending tasks and what they wait for:",
    "  <Task pending main>",
    "    at main (deadlock.test.ts)",
  ]);
});

test("fifty tasks are listed, and the count of the others; of a long stack six lines", () => {
  const deep: (n: number) => Coroutine<void> = coroutine(function* deep(n: number): Coroutine<void> {
    if (n > 0) yield* deep(n - 1);
    else yield* new Future<void>();
  });
  const report = reportOf(function* main() {
    for (let i = 0; i < 54; i++) createTask(deep(9));
    yield* new Future();
  });
  assert.equal(report.at(-1), "  and 5 more");
  assert.equal(report.filter((line) => line === "    and 4 more").length, 49);
});

test("many that hold and many circles are counted, or cut: there are as many circles as pairs", () => {
  const each = 200;
  const report = reportOf(function* main() {
    const [left, right] = [new Semaphore(each), new Semaphore(each)];
    const tasks: Awaitable<void>[] = [];
    for (let i = 0; i < each; i++) {
      tasks.push(createTask(holds(left, right.acquire()), { name: `left${i}` }));
      tasks.push(createTask(holds(right, left.acquire()), { name: `right${i}` }));
    }
    yield* gather(tasks);
  });
  const left0 = report.findIndex((line) => line.includes("left0"));
  assert.deepEqual(
    report.slice(left0 + 2, left0 + 9).map((line) => line.replace(/ \(.*/, "")),
    [...[0, 1, 2, 3, 4, 5].map((i) => `    held by Task 'right${i}'`), `    and ${each - 6} more`],
  );
  const circles = report.filter((line) => line.startsWith("they wait in a circle: "));
  assert.equal(circles.length, 6);
  assert.equal(circles[0], "they wait in a circle: 'left0' -> 'right0' -> 'left0'");
});

test("of a long circle the first tasks are named", () => {
  const report = reportOf(function* main() {
    const tasks: Awaitable<void>[] = [];
    const next = function* (i: number): Coroutine<void> {
      yield* tasks[(i + 1) % 60]!;
    };
    for (let i = 0; i < 60; i++) tasks.push(createTask(next(i), { name: `knot${i}` }));
    yield* gather(tasks);
  });
  assert.match(report.at(-1)!, /^they wait in a circle: 'knot0' -> .* -> 'knot49' -> and 10 more -> 'knot0'$/);
});
