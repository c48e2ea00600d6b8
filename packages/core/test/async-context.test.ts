import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { test } from "node:test";
import {
  type Coroutine,
  coroutine,
  createTask,
  Event,
  Future,
  from,
  gather,
  getRunningLoop,
  HostEventLoop,
  Lock,
  run,
  sleep,
  taskGroup,
} from "yieldfrom";

const user = new AsyncLocalStorage<string>();

/** What is stored before and after each kind of wait. */
const across = coroutine(function* across(wait: () => Coroutine<unknown>): Coroutine<(string | undefined)[]> {
  const seen = [user.getStore()];
  for (let i = 0; i < 2; i++) {
    yield* wait();
    seen.push(user.getStore());
  }
  return seen;
});

const waits: Record<string, () => Coroutine<unknown>> = {
  *"sleep(0)"() {
    yield* sleep(0);
  },
  *"a timer"() {
    yield* sleep(1);
  },
  *"a Promise"() {
    yield* from(new Promise((resolve) => setTimeout(resolve, 1)));
  },
  *"a child coroutine"() {
    yield* coroutine(function* () {
      yield* sleep(0);
    })();
  },
  *"a task that stores something else"() {
    yield* user.run("somebody else", () => createTask(sleep(0)));
  },
};

for (const [name, wait] of Object.entries(waits)) {
  test(`what is stored survives ${name}, and two tasks do not see each other's`, async () => {
    const seen = await run(function* () {
      const tasks = ["ann", "bob"].map((who) => user.run(who, () => createTask(across(wait))));
      return yield* gather([...tasks, createTask(across(wait))]);
    });
    assert.deepEqual(seen, [
      ["ann", "ann", "ann"],
      ["bob", "bob", "bob"],
      [undefined, undefined, undefined],
    ]);
  });
}

test("main has what run() was called with, and does not leak it to the caller", async () => {
  const inside = await user.run("caller", () => run(() => across(waits["a timer"]!)));
  assert.deepEqual(inside, ["caller", "caller", "caller"]);
  assert.equal(user.getStore(), undefined);
});

test("a task that was woken by another keeps its own", async () => {
  await run(function* () {
    const event = new Event();
    const lock = new Lock();
    const waiting = user.run("waiting", () =>
      createTask(
        (function* () {
          yield* event.wait();
          using _held = yield* lock;
          return user.getStore();
        })(),
      ),
    );
    yield* sleep(0);
    yield* user.run("waking", () =>
      createTask(
        (function* () {
          using _held = yield* lock;
          event.set();
          yield* sleep(1);
        })(),
      ),
    );
    assert.equal(yield* waiting, "waiting");
  });
});

test("callbacks of the loop and of futures have what was stored when they were handed in", async () => {
  const seen: (string | undefined)[] = [];
  const see = () => seen.push(user.getStore());
  await run(function* () {
    const loop = getRunningLoop();
    const future = new Future<void>();
    user.run("soon", () => loop.callSoon(see));
    user.run("later", () => loop.callLater(1, see));
    user.run("done", () => future.addDoneCallback(see));
    loop.callSoon(see);
    future.addDoneCallback(see);
    yield* sleep(5);
    user.run("who sets it", () => future.setResult());
    yield* sleep(5);
  });
  assert.deepEqual(seen, ["soon", undefined, "later", "done", undefined]);
});

test("children of a group, and tasks that start eagerly, have their maker's", async () => {
  const seen = await user.run("parent", () =>
    run(function* () {
      const eager = createTask(across(waits["sleep(0)"]!), { eagerStart: true });
      const [child] = yield* taskGroup(function* (group) {
        return [group.createTask(across(waits["a timer"]!))];
      });
      return yield* gather([eager, child!]);
    }),
  );
  assert.deepEqual(seen, [
    ["parent", "parent", "parent"],
    ["parent", "parent", "parent"],
  ]);
});

test("what a task enters stays with it, across its waits, and with nobody else", async () => {
  const seen = await run(function* () {
    const enters = createTask(
      (function* () {
        user.enterWith("entered");
        return yield* across(waits["a timer"]!);
      })(),
    );
    const other = createTask(across(waits["a timer"]!));
    const own = yield* across(waits["sleep(0)"]!);
    return [yield* enters, yield* other, own];
  });
  assert.deepEqual(seen, [
    ["entered", "entered", "entered"],
    [undefined, undefined, undefined],
    [undefined, undefined, undefined],
  ]);
  assert.equal(user.getStore(), undefined);
});

test("a task that was made when nothing was stored does not get what the waking code has", async () => {
  const loop = new HostEventLoop();
  const future = loop.createFuture<void>();
  const task = loop.createTask(across(() => awaits(future)));
  const running = loop.runUntilComplete(task);
  setTimeout(() => user.run("host", () => future.setResult()), 1);
  assert.deepEqual(await running, [undefined, undefined, undefined]);
  loop.close();
});

function* awaits(future: Future<void>): Coroutine<void> {
  yield* future;
}

test("async functions called from a task and tasks awaited by async functions have their own", async () => {
  const asked = async () => {
    await null;
    return user.getStore();
  };
  const outside = await user.run("async", async () => {
    const result = await run(function* () {
      const inner = yield* user.run("inner", () => createTask(asks()));
      return [inner, yield* from(asked())];
    });
    return [...result, user.getStore()];
  });
  function* asks(): Coroutine<string | undefined> {
    return yield* from(() => asked());
  }
  assert.deepEqual(outside, ["inner", "async", "async"]);
});
