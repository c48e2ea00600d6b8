import assert from "node:assert/strict";
import { test } from "node:test";
import { gather, HostEventLoop, sleep } from "yieldfrom";
import { seeded } from "../seeded.ts";
import { FakeHost } from "./fake-host.ts";

function start(): { host: FakeHost; loop: HostEventLoop; forever: Promise<void> } {
  const host = new FakeHost();
  const loop = new HostEventLoop(host);
  return { host, loop, forever: loop.runForever() };
}

async function end({ host, loop, forever }: ReturnType<typeof start>): Promise<void> {
  loop.stop();
  host.run();
  await forever;
  loop.close();
}

test("the loop's time is the host's", () => {
  const host = new FakeHost();
  const loop = new HostEventLoop(host);
  host.work(5);
  assert.equal(loop.time(), 5);
  assert.equal(loop.callLater(3, () => {}).when(), 8);
  loop.close();
});

test("timers run at their time, by one timer of the host at a time", async () => {
  const { host, loop, ...rest } = start();
  const times: number[] = [];
  for (const ms of [30, 10, 20, 10, 40]) loop.callLater(ms, () => times.push(host.time));
  host.run();
  assert.deepEqual(times, [10, 10, 20, 30, 40]);
  assert.equal(host.mostTimers, 1);
  await end({ host, loop, ...rest });
});

test("a thousand random timers fall due in order, by one timer of the host at a time", async () => {
  const { host, loop, ...rest } = start();
  const random = seeded(1);
  const ran: number[] = [];
  const expected: number[] = [];
  for (let i = 0; i < 1000; i++) {
    const when = random(5000) / 10;
    const handle = loop.callAt(when, () => {
      assert.ok(host.time >= when, `${when} ran at ${host.time}`);
      ran.push(when);
    });
    if (random(3) === 0) handle.cancel();
    else expected.push(when);
  }
  host.run();
  assert.deepEqual(
    ran,
    expected.toSorted((a, b) => a - b),
  );
  assert.equal(host.mostTimers, 1);
  await end({ host, loop, ...rest });
});

for (const fails of [false, true]) {
  test(`the host's timer is taken back when the run ends${fails ? " by an error" : ""}, and set again by the next`, async () => {
    const host = new FakeHost();
    const loop = new HostEventLoop(host);
    let ran = false;
    loop.callLater(100, () => {
      ran = true;
    });
    const future = loop.createFuture<void>();
    const done = loop.runUntilComplete(future);
    host.drain();
    assert.equal(host.timers.length, 1, "it sleeps");
    loop.callSoon(() => (fails ? future.setException(new Error("broken")) : future.setResult(undefined)));
    host.drain();
    assert.equal(host.timers.length, 0);
    if (fails) await assert.rejects(done, { message: "broken" });
    else await done;
    host.run();
    const ranBetween = ran;
    const again = loop.runUntilComplete(sleep(200));
    host.run();
    await again;
    assert.deepEqual([host.timers.length, ranBetween, ran], [0, false, true]);
    loop.close();
  });
}

test("an earlier deadline that comes up while the loop sleeps replaces the host's timer", async () => {
  const { host, loop, ...rest } = start();
  const ran: string[] = [];
  loop.callLater(100, () => ran.push(`late at ${host.time}`));
  host.drain();
  assert.deepEqual(
    host.timers.map(({ at }) => at),
    [100],
  );
  loop.callLater(10, () => ran.push(`early at ${host.time}`));
  host.drain();
  assert.deepEqual(
    host.timers.map(({ at }) => at),
    [10],
  );
  host.run();
  assert.deepEqual(ran, ["early at 10", "late at 100"]);
  await end({ host, loop, ...rest });
});

test("a later deadline leaves the host's timer as it is", async () => {
  const { host, loop, ...rest } = start();
  loop.callLater(10, () => {});
  host.drain();
  for (let i = 0; i < 20; i++) {
    loop.callLater(100 + i, () => {});
    host.drain();
  }
  assert.equal(host.timersSet, 1);
  host.run();
  await end({ host, loop, ...rest });
});

test("a timer of the host that comes too early does no harm", async () => {
  const { host, loop, ...rest } = start();
  const ran: number[] = [];
  loop.callLater(100, () => ran.push(host.time));
  host.drain();
  for (const time of [20, 40, 99]) {
    host.time = time;
    host.fire(host.timers[0]!);
    assert.deepEqual([...ran], []);
    assert.deepEqual(
      host.timers.map(({ at }) => at),
      [100],
    );
  }
  host.run();
  assert.deepEqual(ran, [100]);
  await end({ host, loop, ...rest });
});

test("a cancelled deadline may still wake the loop, once", async () => {
  const { host, loop, ...rest } = start();
  const handle = loop.callLater(10, assert.fail);
  const ran: number[] = [];
  loop.callLater(50, () => ran.push(host.time));
  host.drain();
  handle.cancel();
  host.run();
  assert.deepEqual(ran, [50]);
  assert.equal(host.timersSet, 2);
  await end({ host, loop, ...rest });
});

test("a delay longer than the host can count is asked for again", async () => {
  const { host, loop, ...rest } = start();
  host.longestTimer = 1000;
  const ran: number[] = [];
  loop.callLater(3500, () => ran.push(host.time));
  host.run();
  assert.deepEqual(ran, [3500]);
  assert.equal(host.timersSet, 4);
  await end({ host, loop, ...rest });
});

test("a timer fires late rather than early when the host counts whole milliseconds only", async () => {
  const { host, loop, ...rest } = start();
  host.time = 0.3;
  const ran: number[] = [];
  loop.callAt(10.5, () => ran.push(host.time));
  host.run();
  assert.equal(ran.length, 1);
  assert.ok(ran[0]! >= 10.5 && ran[0]! < 11.5, `ran at ${ran[0]}`);
  await end({ host, loop, ...rest });
});

test("an infinite delay never comes, and asks for no timer of the host", async () => {
  const { host, loop, ...rest } = start();
  const never = loop.callLater(Number.POSITIVE_INFINITY, assert.fail);
  loop.callAt(Number.POSITIVE_INFINITY, assert.fail);
  loop.callLater(5, () => {});
  host.run();
  assert.equal(host.time, 5);
  assert.equal(host.timers.length, 0);
  assert.equal(never.cancelled(), false);
  await end({ host, loop, ...rest });
});

test("a program that only waits for an infinite sleep is a deadlock", async () => {
  const host = new FakeHost();
  const loop = new HostEventLoop(host);
  const done = loop.runUntilComplete(sleep(Number.POSITIVE_INFINITY));
  const outcome = done.then(
    () => "finished",
    (error: Error) => error.name,
  );
  host.runUntilIdle();
  const reported = await Promise.race([outcome, new Promise((resolve) => setImmediate(resolve, "nothing"))]);
  // Ends the run in any case.
  loop.stop();
  host.run();
  await outcome;
  loop.setExceptionHandler(() => {});
  loop.close();
  assert.equal(reported, "DeadlockError");
});

test("a due timer runs after what was ready, and before what that schedules (rules R2, R3)", async () => {
  const { host, loop, ...rest } = start();
  const order: string[] = [];
  host.drain();
  loop.callSoon(() => {
    host.work(10);
    order.push("ready");
    loop.callSoon(() => order.push("scheduled by it"));
  });
  loop.callLater(5, () => order.push("timer"));
  loop.callSoon(() => order.push("ready too"));
  host.run();
  assert.deepEqual(order.slice(0, 2), ["ready", "ready too"]);
  assert.deepEqual(order.toSorted(), ["ready", "ready too", "scheduled by it", "timer"]);
  await end({ host, loop, ...rest });
});

test("a timer is not late by more than a portion of busy work", async () => {
  const host = new FakeHost();
  const loop = new HostEventLoop(host);
  const late: number[] = [];
  const done = loop.runUntilComplete(
    (function* () {
      function* sleeper(ms: number) {
        for (let i = 0; i < 20; i++) {
          const due = host.time + ms;
          yield* sleep(ms);
          late.push(host.time - due);
        }
      }
      function* busy() {
        while (host.time < 600) {
          host.work(0.05);
          yield* sleep(0);
        }
      }
      yield* gather([sleeper(7), sleeper(13), busy(), busy(), busy()]);
    })(),
  );
  host.run();
  await done;
  assert.equal(late.length, 40);
  // Half a millisecond for the portion, doubled at most, and an iteration or two of the four tasks.
  assert.ok(Math.max(...late.slice(4)) <= 2, `late by ${Math.max(...late.slice(4))} ms`);
  loop.close();
});
