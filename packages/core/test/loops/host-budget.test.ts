import assert from "node:assert/strict";
import { test } from "node:test";
import { from, gather, getRunningLoop, HostEventLoop, sleep } from "yieldfrom";
import { FakeHost, soon } from "./fake-host.ts";

/** Milliseconds a loop may keep the host from its I/O; see host-loop.ts. */
const BUDGET = 2;
/** What it may take longer because the clock is only read between portions. */
const PORTION = 1;
/** The largest portion, of steps. */
const MOST_PER_LOOK = 64;
/** The size of a portion follows the speed of what runs, so the first ones may be too large. */
const WARM_UP = 10;

/** The longest the host had to wait for its turn, the warm-up apart. */
function longestGap(host: FakeHost): number {
  const turns = host.turns.slice(WARM_UP);
  assert.ok(turns.length > 10, `the host came round only ${host.turns.length} times in ${host.time} ms`);
  return Math.max(...turns.slice(1).map((time, i) => time - turns[i]!));
}

for (const cost of [0.001, 0.01, 0.1, 1, 10]) {
  test(`tasks that give way for ever, at ${cost} ms a step, let the host have its turn`, async () => {
    const host = new FakeHost();
    const loop = new HostEventLoop(host);
    const done = loop.runUntilComplete(
      (function* () {
        while (host.time < Math.max(1000, 300 * cost)) {
          host.work(cost);
          yield* sleep(0);
        }
      })(),
    );
    host.run();
    await done;
    assert.ok(longestGap(host) <= BUDGET + Math.max(PORTION, cost), `${longestGap(host)} ms without a turn`);
    loop.close();
  });
}

test("one iteration of 100,000 callbacks is no longer than the budget either", async () => {
  const host = new FakeHost();
  const loop = new HostEventLoop(host);
  const order: number[] = [];
  for (let i = 0; i < 100_000; i++) {
    loop.callSoon(() => {
      host.work(0.01);
      order.push(i);
      // Scheduled in this iteration, so it runs in the next (rule R2).
      if (i === 0) loop.callSoon(() => order.push(-1));
    });
  }
  const done = loop.runUntilComplete(sleep(0));
  host.run();
  await done;
  assert.ok(longestGap(host) <= BUDGET + PORTION, `${longestGap(host)} ms without a turn`);
  assert.deepEqual(order, [...Array(100_000).keys(), -1]);
  loop.close();
});

for (const cost of [1, 10]) {
  test(`when steps begin to take ${cost} ms, one portion may be too long, not the next as well`, async () => {
    const host = new FakeHost();
    const loop = new HostEventLoop(host);
    const done = loop.runUntilComplete(
      (function* () {
        while (host.time < 300 + 300 * cost) {
          host.work(host.time < 300 ? 0.001 : cost);
          yield* sleep(0);
        }
      })(),
    );
    host.run();
    await done;
    const turns = host.turns.filter((time) => time > 300);
    const [first, ...others] = turns.slice(1).map((time, i) => time - turns[i]!);
    assert.ok(turns[0]! <= 300 + MOST_PER_LOOK * cost, `the first turn came at ${turns[0]}`);
    assert.ok(Math.max(first!, ...others) <= BUDGET + Math.max(PORTION, cost), `${first} ms without a turn`);
    loop.close();
  });
}

test("a task that awaits one settled Promise after the other can't keep the host from its turn", async () => {
  const host = new FakeHost();
  const loop = new HostEventLoop(host);
  const done = loop.runUntilComplete(
    (function* () {
      while (host.time < 500) {
        host.work(0.1);
        yield* from(soon(host, null));
      }
    })(),
  );
  host.run();
  await done;
  assert.ok(longestGap(host) <= BUDGET + PORTION, `${longestGap(host)} ms without a turn`);
  loop.close();
});

test("microtasks that wake the loop again and again can't keep the host from its turn", async () => {
  const host = new FakeHost();
  const loop = new HostEventLoop(host);
  const end = loop.createFuture<void>();
  const again = () => {
    host.work(0.1);
    if (host.time < 500) host.microtask(() => loop.callSoon(again));
    else end.setResult(undefined);
  };
  loop.callSoon(again);
  const done = loop.runUntilComplete(end);
  host.run();
  await done;
  assert.ok(longestGap(host) <= BUDGET + PORTION, `${longestGap(host)} ms without a turn`);
  loop.close();
});

test("many tasks awaiting Promises and giving way let the host have its turn", async () => {
  const host = new FakeHost();
  const loop = new HostEventLoop(host);
  function* worker() {
    while (host.time < 500) {
      host.work(0.05);
      yield* from(soon(host, null));
      host.work(0.05);
      yield* sleep(0);
    }
  }
  const done = loop.runUntilComplete(
    (function* () {
      yield* gather(Array.from({ length: 10 }, worker));
    })(),
  );
  host.run();
  await done;
  assert.ok(longestGap(host) <= BUDGET + PORTION, `${longestGap(host)} ms without a turn`);
  loop.close();
});

test("a Promise's reaction resumes a sleeping loop in place, without another microtask", async () => {
  const host = new FakeHost();
  const loop = new HostEventLoop(host);
  let settle: (value: string) => void = () => {};
  const promise = {
    // biome-ignore lint/suspicious/noThenProperty: being thenable is the point
    then(onResult: (value: string) => void) {
      settle = onResult;
    },
  } as unknown as PromiseLike<string>;
  const got: string[] = [];
  const done = loop.runUntilComplete(
    (function* () {
      got.push(yield* from(promise));
    })(),
  );
  host.run();
  settle("here");
  assert.deepEqual(got, ["here"]);
  assert.equal(host.microtasks.length, 0);
  await done;
  loop.close();
});

test("a loop that has work asks for one turn at a time, whatever wakes it meanwhile", async () => {
  const host = new FakeHost();
  const loop = new HostEventLoop(host);
  const begin = loop.createFuture<void>();
  let due = false;
  loop.callLater(50, () => {
    due = true;
  });
  const done = loop.runUntilComplete(
    (function* () {
      yield* begin;
      while (host.time < 100) {
        host.work(1);
        yield* sleep(0);
      }
    })(),
  );
  host.drain();
  const [timer] = host.timers;
  assert.equal(timer?.at, 50, "it sleeps");
  loop.callSoon(() => begin.setResult(undefined));
  const asked: number[] = [];
  while (host.time < 100) {
    host.drain();
    asked.push(host.macrotasks.length);
    // Its time comes while the loop is busy and waits for its turn.
    if (host.time >= 50 && host.timers.includes(timer)) host.fire(timer);
    loop.callSoon(() => {});
    host.drain();
    asked.push(host.macrotasks.length);
    host.turn();
  }
  host.run();
  await done;
  assert.equal(due, true);
  assert.equal(Math.max(...asked), 1);
  loop.close();
});

test("an idle loop takes no turns", async () => {
  const host = new FakeHost();
  const loop = new HostEventLoop(host);
  const future = loop.createFuture<void>();
  const done = loop.runUntilComplete(
    (function* () {
      yield* sleep(1);
      yield* future;
    })(),
  );
  host.run();
  assert.deepEqual([host.microtasks.length, host.macrotasks.length, host.timers.length], [0, 0, 0]);
  const turns = host.turns.length;
  host.run();
  assert.equal(host.turns.length, turns);
  loop.callSoon(() => future.setResult(undefined));
  host.run();
  await done;
  loop.close();
});

test("two busy loops share the host", async () => {
  const host = new FakeHost();
  const steps = [0, 0];
  const loops = [new HostEventLoop(host), new HostEventLoop(host)];
  const done = Promise.all(
    loops.map((loop, i) =>
      loop.runUntilComplete(
        (function* () {
          while (host.time < 500) {
            assert.equal(getRunningLoop(), loop);
            host.work(0.1);
            steps[i]!++;
            yield* sleep(0);
          }
        })(),
      ),
    ),
  );
  host.run();
  await done;
  assert.ok(longestGap(host) <= 2 * (BUDGET + PORTION), `${longestGap(host)} ms without a turn`);
  const share = steps[0]! / (steps[0]! + steps[1]!);
  assert.ok(share > 0.4 && share < 0.6, `the first loop had ${share} of the steps`);
  for (const loop of loops) loop.close();
});
