import assert from "node:assert/strict";
import { connect, createServer } from "node:net";
import { test } from "node:test";
import { CancelledError, from, getRunningLoop, run, sleep } from "yieldfrom";
import { cancelEverywhere } from "../src/index.ts";

test("a coroutine is cancelled at each of its waits, in three moments", async () => {
  const seen = new Map<string, number>();
  function* stage(name: string) {
    try {
      yield* sleep(1);
    } catch (error) {
      assert.ok(error instanceof CancelledError);
      seen.set(name, (seen.get(name) ?? 0) + 1);
      throw error;
    }
  }
  const points = await cancelEverywhere(function* () {
    yield* stage("first");
    yield* stage("second");
  });
  assert.equal(points, 6);
  assert.deepEqual(
    [...seen],
    [
      ["first", 3],
      ["second", 3],
    ],
  );
});

test("a main that never waits has no point", async () => {
  assert.equal(await cancelEverywhere(function* () {}), 0);
});

test("what was left open is named, with the point", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  const sockets: { destroy(): void }[] = [];
  const leaky = cancelEverywhere(function* () {
    const socket = connect(port, "127.0.0.1");
    sockets.push(socket);
    yield* sleep(5);
    socket.destroy();
  });
  await assert.rejects(leaky, /^Error: cancelled at step 1 \(parked\): left open: .*TCP/);
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});

test("a swallowed cancellation is found, unless it may be", async () => {
  function* main() {
    try {
      yield* sleep(1);
    } catch {
      // Swallowed.
    }
  }
  await assert.rejects(cancelEverywhere(main), /step 1 \(parked\): main swallowed the cancellation/);
  assert.equal(await cancelEverywhere(main, { mayFinish: true }), 3);
});

test("an error in place of the cancellation is the cause", async () => {
  const failure = new Error("in the cleanup");
  const broken = cancelEverywhere(function* () {
    try {
      yield* sleep(1);
    } catch {
      throw failure;
    }
  });
  await assert.rejects(broken, (error: Error) => error.cause === failure && /in the cleanup/.test(error.message));
});

test("what reaches the exception handler is found", async () => {
  const loud = cancelEverywhere(function* () {
    try {
      yield* sleep(1);
    } catch (error) {
      getRunningLoop().callExceptionHandler({ message: "lost one", exception: new Error("it") });
      throw error;
    }
  });
  await assert.rejects(loud, /the exception handler was told: lost one/);
});

test("a main that hangs when it is cancelled is found, with its place", async () => {
  const held = Promise.withResolvers<void>();
  const hanging = cancelEverywhere(
    function* () {
      try {
        yield* sleep(1);
      } finally {
        yield* from(held.promise);
      }
    },
    { patience: 20 },
  );
  await assert.rejects(hanging, /main hangs for 20 ms: <Task cancelling name='main'/);
  held.resolve();
});

test("a main without an end is not tried for ever", async () => {
  const endless = cancelEverywhere(
    function* () {
      for (;;) yield* sleep(0);
    },
    { most: 5 },
  );
  await assert.rejects(endless, /at 5 points/);
});

test("it runs beside another loop", async () => {
  await run(function* () {
    assert.equal(yield* from(cancelEverywhere(() => sleep(1))), 3);
  });
});
