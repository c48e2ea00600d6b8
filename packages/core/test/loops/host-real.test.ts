import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { test } from "node:test";
import { type Coroutine, coroutine, from, gather, getRunningLoop, run, sleep } from "yieldfrom";
import { turn } from "../helpers.ts";

/** Rounds after which a spinning program gives up on what it waits for; a round takes milliseconds. */
const PATIENCE = 500;

test("a byte is served by a socket while 100,000 tasks spin", async () => {
  const server = createServer((socket) => socket.pipe(socket)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const client: Socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  await once(client, "connect");
  try {
    const rounds = await run(function* () {
      let answered = false;
      let most = 0;
      function* spin(): Coroutine<void> {
        let rounds = 0;
        while (!answered && rounds < PATIENCE) {
          yield* sleep(0);
          rounds++;
        }
        most = Math.max(most, rounds);
      }
      const spinning = gather(Array.from({ length: 100_000 }, spin));
      client.once("data", () => {
        answered = true;
      });
      client.write("x");
      yield* spinning;
      assert.equal(answered, true);
      return most;
    });
    assert.ok(rounds < PATIENCE);
  } finally {
    client.destroy();
    server.close();
    await once(server, "close");
  }
});

test("a timer of the host comes through while a task awaits settled Promises", async () => {
  let fired = false;
  const timer = setTimeout(() => {
    fired = true;
  }, 5);
  const gaveUp = await run(function* () {
    const end = performance.now() + 200;
    while (!fired) {
      yield* from(Promise.resolve());
      if (performance.now() > end) return true;
    }
    return false;
  });
  clearTimeout(timer);
  assert.equal(gaveUp, false);
});

test("an immediate of the host comes through while tasks give way for ever", async () => {
  let fired = false;
  setImmediate(() => {
    fired = true;
  });
  const rounds = await run(function* () {
    let rounds = 0;
    for (; !fired && rounds < 10_000_000; rounds++) yield* sleep(0);
    return rounds;
  });
  assert.ok(fired && rounds < 10_000_000);
});

test("many runs at once each have their own loop, tasks and outcome", async () => {
  const warnings: Error[] = [];
  const note = (warning: Error) => warnings.push(warning);
  process.on("warning", note);
  const listeners = () => ["SIGINT", "beforeExit"].map((event) => process.listenerCount(event));
  await turn();
  const before = listeners();
  const loops = new Set<unknown>();
  const runs = Array.from({ length: 25 }, (_, i) =>
    run(function* () {
      const loop = getRunningLoop();
      loops.add(loop);
      for (let n = 0; n < 5; n++) {
        yield* sleep(n % 2);
        yield* from(Promise.resolve());
        assert.equal(getRunningLoop(), loop);
      }
      if (i % 5 === 0) throw new Error(`run ${i}`);
      return i;
    }),
  );
  const results = await Promise.allSettled(runs);
  assert.equal(loops.size, 25);
  for (const [i, result] of results.entries()) {
    if (i % 5 === 0) assert.equal((result as PromiseRejectedResult).reason.message, `run ${i}`);
    else assert.equal((result as PromiseFulfilledResult<number>).value, i);
  }
  // Warnings are made in a turn of their own, and listeners taken back in one.
  await turn();
  assert.deepEqual(listeners(), before, "no listener is left");
  process.off("warning", note);
  assert.deepEqual(
    warnings.map(({ message }) => message),
    [],
  );
});

test("a task goes on within the reaction of the Promise it awaited", async () => {
  const order: string[] = [];
  await run(function* () {
    const { promise, resolve } = Promise.withResolvers<void>();
    setImmediate(() => {
      resolve();
      // Queued behind the reaction of `from`.
      queueMicrotask(() => order.push("a later microtask"));
    });
    yield* from(promise);
    order.push("the task");
    yield* sleep(0);
    order.push("its next step");
    yield* sleep(1);
  });
  assert.deepEqual(order, ["the task", "its next step", "a later microtask"]);
});

test("real timers, promises and immediates work together", async () => {
  const log: string[] = [];
  const slow = coroutine(function* slow(ms: number) {
    yield* sleep(ms);
    log.push(`slept ${ms}`);
    return yield* from(new Promise<number>((resolve) => setTimeout(resolve, 1, ms)));
  });
  const results = await run(() => gather([slow(12), slow(1), slow(6)]));
  assert.deepEqual([...results], [12, 1, 6]);
  assert.deepEqual(log, ["slept 1", "slept 6", "slept 12"]);
});

test("a timer is never early by the loop's clock", async () => {
  await run(function* () {
    const loop = getRunningLoop();
    for (const ms of [0.4, 1, 1.7, 3.2]) {
      const due = loop.time() + ms;
      yield* sleep(ms);
      assert.ok(loop.time() >= due);
    }
  });
});
