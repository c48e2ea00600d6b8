import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { cancelEverywhere } from "@yieldfrom/testing";
import { type Coroutine, createTask, getRunningLoop, isCancelled, sleep, type TimerHandle, taskGroup } from "yieldfrom";
import { failureOf, virtual } from "../../../core/test/helpers.ts";
import { type Lease, Scheduler, type SchedulerOptions } from "../../src/manners/scheduler.ts";

function now(): number {
  return getRunningLoop().time();
}

/** A scheduler with a list that has ended: `items` are "host/name". */
function* filled(items: readonly string[], options: Partial<SchedulerOptions> = {}): Coroutine<Scheduler<string>> {
  const scheduler = new Scheduler<string>({ limit: 20, ...options });
  for (const item of items) yield* scheduler.add(item, hostOf(item));
  scheduler.end();
  return scheduler;
}

function hostOf(item: string): string {
  return item.slice(0, item.indexOf("/"));
}

/** Takes all there is, one by one. */
function* order(scheduler: Scheduler<string>): Coroutine<string[]> {
  const taken: string[] = [];
  for (let lease = yield* scheduler.take(); lease !== null; lease = yield* scheduler.take()) {
    taken.push(lease.item);
    lease.done();
  }
  return taken;
}

function* mustTake(scheduler: Scheduler<string>): Coroutine<Lease<string>> {
  const lease = yield* scheduler.take();
  assert.ok(lease !== null, "expected an item");
  return lease;
}

/** As is done when the host has refused the request. */
function slowDown(lease: Lease<string>, ms: number): void {
  lease.refused(true);
  lease.pauseHost(ms);
}

/** Runs `count` workers until nothing is left. */
function workers(
  scheduler: Scheduler<string>,
  count: number,
  work: (lease: Lease<string>) => Coroutine<void>,
): Coroutine<void> {
  function* worker(): Coroutine<void> {
    for (let lease = yield* scheduler.take(); lease !== null; lease = yield* scheduler.take()) {
      using held = lease;
      yield* work(held);
    }
  }
  return taskGroup(function* (group) {
    for (let i = 0; i < count; i++) group.createTask(worker());
  });
}

describe("the order", () => {
  test("is the list's within a host, and hosts take turns", () => {
    virtual(function* () {
      const scheduler = yield* filled(["a/1", "a/2", "a/3", "b/1", "b/2", "c/1"]);
      assert.deepEqual(yield* order(scheduler), ["a/1", "b/1", "c/1", "a/2", "b/2", "a/3"]);
      assert.equal(scheduler.hosts, 0);
    });
  });

  test("an item that is tried again goes before those of its host that were not begun, once its time has come", () => {
    virtual(function* () {
      const scheduler = yield* filled(["a/1", "a/2", "a/3", "a/4"]);
      const first = yield* mustTake(scheduler);
      assert.equal(first.again(100), true);
      (yield* mustTake(scheduler)).done();
      yield* sleep(100);
      assert.deepEqual(yield* order(scheduler), ["a/1", "a/3", "a/4"]);
    });
  });

  test("items whose times have come at once are in the order of these times", () => {
    virtual(function* () {
      const scheduler = yield* filled(["a/1", "a/2", "a/3"]);
      for (const delay of [300, 100, 200]) (yield* mustTake(scheduler)).again(delay);
      assert.deepEqual(yield* order(scheduler), ["a/2", "a/3", "a/1"]);
      assert.equal(now(), 300);
    });
  });
});

describe("a limit for each host", () => {
  test("holds up no other host", () => {
    virtual(function* () {
      const scheduler = yield* filled(["a/1", "a/2", "a/3", "b/1"], { perHost: 1 });
      const first = yield* mustTake(scheduler);
      assert.equal((yield* mustTake(scheduler)).item, "b/1");
      const next = createTask(mustTake(scheduler));
      yield* sleep(1000);
      assert.equal(next.done(), false);
      first.done();
      assert.equal((yield* next).item, "a/2");
    });
  });

  test("is reached and never exceeded, and all is done", () => {
    virtual(function* () {
      const items = Array.from({ length: 300 }, (_, i) => `${"abc"[i % 3]}/${i}`);
      const scheduler = yield* filled(items, { limit: 10, perHost: 2 });
      const active = new Map<string, number>();
      let most = 0;
      let done = 0;
      yield* workers(scheduler, 10, function* (lease) {
        const together = (active.get(lease.host) ?? 0) + 1;
        active.set(lease.host, together);
        most = Math.max(most, together);
        yield* sleep(10);
        active.set(lease.host, (active.get(lease.host) as number) - 1);
        lease.done();
        done++;
      });
      assert.deepEqual([done, most, now(), scheduler.held, scheduler.hosts], [300, 2, 500, 0, 0]);
    });
  });
});

describe("the window", () => {
  test("is never exceeded: the reader waits", () => {
    virtual(function* () {
      const scheduler = new Scheduler<string>({ limit: 2, window: 16 });
      let added = 0;
      const reader = createTask(
        (function* () {
          for (let i = 0; i < 100; i++) {
            yield* scheduler.add(`a/${i}`, "a");
            added++;
          }
          scheduler.end();
        })(),
      );
      yield* sleep(0);
      assert.deepEqual([added, scheduler.held], [16, 16]);
      // A batch at a time: not before there are two places.
      (yield* mustTake(scheduler)).done();
      yield* sleep(0);
      assert.deepEqual([added, scheduler.held], [16, 15]);
      (yield* mustTake(scheduler)).done();
      yield* sleep(0);
      assert.deepEqual([added, scheduler.held], [18, 16]);
      assert.equal((yield* order(scheduler)).length, 98);
      yield* reader;
    });
  });

  test("room that is there is used at once if a worker has nothing to do", () => {
    virtual(function* () {
      const scheduler = new Scheduler<string>({ limit: 2, window: 16 });
      const reader = createTask(
        (function* () {
          for (let i = 0; i < 16; i++) yield* scheduler.add(`slow/${i}`, "slow");
          yield* scheduler.add("b/1", "b");
          scheduler.end();
        })(),
      );
      yield* sleep(0);
      const first = yield* mustTake(scheduler);
      slowDown(first, 60_000);
      first.done();
      assert.equal((yield* mustTake(scheduler)).item, "b/1");
      assert.equal(now(), 0);
      yield* reader;
      scheduler.stop();
    });
  });

  test("full of items that wait for their times, it goes on when the first one's has come", () => {
    virtual(function* () {
      const scheduler = new Scheduler<string>({ limit: 4, window: 4 });
      const tried = new Map<string, number>();
      const reader = createTask(
        (function* () {
          for (let i = 0; i < 12; i++) yield* scheduler.add(`a/${i}`, "a");
          scheduler.end();
        })(),
      );
      yield* workers(scheduler, 4, function* (lease) {
        const times = (tried.get(lease.item) ?? 0) + 1;
        tried.set(lease.item, times);
        if (times < 3) lease.again(1000);
        else lease.done();
      });
      yield* reader;
      assert.deepEqual([...tried.values()], Array(12).fill(3));
      assert.equal(now(), 6000);
    });
  });
});

describe("the end", () => {
  test("of a list without items is at once", () => {
    virtual(function* () {
      const scheduler = yield* filled([]);
      assert.equal(yield* scheduler.take(), null);
    });
  });

  test("is told to workers that wait already", () => {
    virtual(function* () {
      const scheduler = new Scheduler<string>({ limit: 2 });
      const two = [createTask(scheduler.take()), createTask(scheduler.take())];
      yield* sleep(10);
      scheduler.end();
      for (const task of two) assert.equal(yield* task, null);
    });
  });

  test("is not there while another worker may give its item back", () => {
    virtual(function* () {
      const scheduler = yield* filled(["a/1"]);
      const lease = yield* mustTake(scheduler);
      const other = createTask(scheduler.take());
      yield* sleep(10);
      assert.equal(other.done(), false);
      lease.again(10);
      const second = yield* other;
      assert.equal(second?.item, "a/1");
      const last = createTask(scheduler.take());
      yield* sleep(0);
      second?.done();
      assert.equal(yield* last, null);
    });
  });
});

describe("a lease", () => {
  test("counts once, however often it is given back", () => {
    virtual(function* () {
      const scheduler = yield* filled(["a/1", "a/2"]);
      {
        using lease = yield* mustTake(scheduler);
        lease.done();
        lease.done();
        assert.equal(lease.again(0), false);
      }
      assert.equal(scheduler.held, 1);
    });
  });

  test("of an item that another worker has again by now takes nothing from that one", () => {
    virtual(function* () {
      const scheduler = yield* filled(["a/1"]);
      let other: Lease<string>;
      {
        using lease = yield* mustTake(scheduler);
        lease.again(0);
        other = yield* mustTake(scheduler);
        slowDown(lease, 1000);
      }
      assert.equal(scheduler.held, 1);
      other.done();
      assert.equal(scheduler.held, 0);
    });
  });

  test("is given back where the worker's body throws", () => {
    virtual(function* () {
      const scheduler = yield* filled(["a/1", "a/2"], { perHost: 1 });
      const error = yield* failureOf(
        workers(scheduler, 1, function* () {
          throw new Error("on purpose");
        }),
      );
      assert.match(String(error), /1 sub-exception/);
      assert.equal(scheduler.held, 1);
      assert.deepEqual(yield* order(scheduler), ["a/2"]);
    });
  });

  test("is given back where the worker is cancelled", () => {
    virtual(function* () {
      const scheduler = yield* filled(["a/1", "a/2"], { perHost: 1 });
      const task = createTask(
        workers(scheduler, 1, function* () {
          yield* sleep(1000);
        }),
      );
      yield* sleep(10);
      task.cancel();
      assert.ok(isCancelled(yield* failureOf(task)));
      assert.deepEqual(yield* order(scheduler), ["a/2"]);
    });
  });

  test("goes to another worker if the one that was woken for it is cancelled before it runs", () => {
    virtual(function* () {
      const scheduler = new Scheduler<string>({ limit: 2 });
      const first = createTask(scheduler.take());
      const second = createTask(scheduler.take());
      yield* sleep(10);
      yield* scheduler.add("a/1", "a");
      first.cancel();
      assert.ok(isCancelled(yield* failureOf(first)));
      assert.equal((yield* second)?.item, "a/1");
    });
  });
});

describe("a pause", () => {
  test("holds up all items of its host, those that are tried again as well, and no other one's", () => {
    virtual(function* () {
      const scheduler = yield* filled(["a/1", "a/2", "b/1", "a/3"]);
      const lease = yield* mustTake(scheduler);
      slowDown(lease, 5000);
      lease.again(100);
      const times: [string, number][] = [];
      yield* workers(scheduler, 3, function* (each) {
        times.push([each.item, now()]);
        each.done();
      });
      assert.deepEqual(times, [
        ["b/1", 0],
        ["a/1", 5000],
        ["a/2", 5000],
        ["a/3", 5000],
      ]);
    });
  });

  test("lasts as long as the longest that was asked for", () => {
    virtual(function* () {
      const scheduler = yield* filled(["a/1", "a/2", "a/3"]);
      const first = yield* mustTake(scheduler);
      const second = yield* mustTake(scheduler);
      slowDown(first, 1000);
      yield* sleep(500);
      slowDown(second, 2000);
      first.done();
      second.done();
      assert.equal((yield* mustTake(scheduler)).item, "a/3");
      assert.equal(now(), 2500);
    });
  });

  test("is remembered while its host has no items, and forgotten when it is over", () => {
    virtual(function* () {
      const scheduler = new Scheduler<string>({ limit: 2 });
      yield* scheduler.add("a/1", "a");
      const lease = yield* mustTake(scheduler);
      slowDown(lease, 1000);
      lease.done();
      assert.equal(scheduler.hosts, 1);
      yield* sleep(400);
      yield* scheduler.add("a/2", "a");
      (yield* mustTake(scheduler)).done();
      assert.deepEqual([now(), scheduler.hosts], [1000, 0]);
    });
  });

  test("of ten thousand and one hosts: the oldest is forgotten", () => {
    virtual(function* () {
      const scheduler = new Scheduler<string>({ limit: 2 });
      for (let i = 0; i <= 10_000; i++) {
        yield* scheduler.add("", `host ${i}`);
        const lease = yield* mustTake(scheduler);
        slowDown(lease, 60_000);
        lease.done();
      }
      assert.equal(scheduler.hosts, 10_000);
      yield* scheduler.add("0", "host 0");
      yield* mustTake(scheduler);
      assert.equal(now(), 0);
    });
  });

  test("halves what its host gets, once for a burst", () => {
    virtual(function* () {
      const scheduler = yield* filled(
        Array.from({ length: 40 }, (_, i) => `a/${i}`),
        { limit: 16 },
      );
      const leases: Lease<string>[] = [];
      for (let i = 0; i < 16; i++) leases.push(yield* mustTake(scheduler));
      for (const lease of leases) slowDown(lease, 1000);
      for (const lease of leases) lease.again(0);
      let active = 0;
      let most = 0;
      const tasks = createTask(
        workers(scheduler, 16, function* () {
          most = Math.max(most, ++active);
          yield* sleep(10);
          active--;
        }),
      );
      yield* tasks;
      assert.deepEqual([most, now()], [8, 1050]);
    });
  });
});

test("a closed host's items are given out at once, to be given up, until its time is over", () => {
  virtual(function* () {
    const reason = { code: "ERR_HOST_CLOSED", message: "on purpose" };
    const scheduler = new Scheduler<string>({ limit: 4, perHost: 1 });
    for (const item of ["a/1", "a/2", "a/3", "b/1"]) yield* scheduler.add(item, hostOf(item));
    const first = yield* mustTake(scheduler);
    assert.equal(first.closed, null);
    first.closeHost(5000, reason);
    const seen: unknown[] = [];
    for (let i = 0; i < 3; i++) {
      const lease = yield* mustTake(scheduler);
      seen.push([lease.item, lease.closed]);
      lease.done();
    }
    assert.deepEqual(seen, [
      ["b/1", null],
      ["a/2", reason],
      ["a/3", reason],
    ]);
    first.done();
    assert.equal(scheduler.hosts, 1);
    yield* sleep(4000);
    yield* scheduler.add("a/4", "a");
    const early = yield* mustTake(scheduler);
    assert.equal(early.closed, reason);
    early.done();
    yield* sleep(1000);
    yield* scheduler.add("a/5", "a");
    const late = yield* mustTake(scheduler);
    assert.equal(late.closed, null);
    late.done();
    assert.equal(scheduler.hosts, 0);
  });
});

test("a closed host that is paused too opens with the pause", () => {
  virtual(function* () {
    const scheduler = new Scheduler<string>({ limit: 4 });
    yield* scheduler.add("a/1", "a");
    const first = yield* mustTake(scheduler);
    first.pauseHost(8000);
    first.closeHost(5000, { code: "ERR_HOST_CLOSED", message: "on purpose" });
    first.done();
    yield* sleep(6000);
    yield* scheduler.add("a/2", "a");
    const lease = yield* mustTake(scheduler);
    assert.deepEqual([lease.closed, now()], [null, 8000]);
  });
});

test("hosts of a long list are forgotten when their items are done", () => {
  virtual(function* () {
    const scheduler = new Scheduler<number>({ limit: 20 });
    let most = 0;
    yield* taskGroup(function* (group) {
      group.createTask(
        (function* () {
          for (let lease = yield* scheduler.take(); lease !== null; lease = yield* scheduler.take()) {
            most = Math.max(most, scheduler.hosts);
            lease.done();
          }
        })(),
      );
      for (let i = 0; i < 20_000; i++) yield* scheduler.add(i, `host ${i}`);
      scheduler.end();
    });
    assert.deepEqual([most, scheduler.hosts], [1000, 0]);
  });
});

describe("stop", () => {
  test("gives what nobody has begun with or what waits, and lets the rest end", () => {
    virtual(function* () {
      const scheduler = new Scheduler<string>({ limit: 2, window: 4 });
      for (const item of ["a/1", "a/2", "b/1"]) yield* scheduler.add(item, hostOf(item));
      const begun = yield* mustTake(scheduler);
      (yield* mustTake(scheduler)).again(1000);
      yield* scheduler.add("b/2", "b");
      const late = createTask(scheduler.add("b/3", "b"));
      yield* sleep(10);
      assert.deepEqual(scheduler.stop().sort(), ["a/2", "b/1", "b/2"]);
      assert.equal(yield* late, false);
      assert.equal(yield* scheduler.take(), null);
      assert.equal(yield* scheduler.add("c/1", "c"), false);
      assert.equal(begun.again(10), false);
      assert.equal(scheduler.held, 0);
    });
  });

  test("wakes the workers", () => {
    virtual(function* () {
      const scheduler = new Scheduler<string>({ limit: 2 });
      const worker = createTask(scheduler.take());
      yield* sleep(10);
      scheduler.stop();
      assert.equal(yield* worker, null);
    });
  });
});

test("nothing is left of it wherever its workers and its reader are cancelled", async () => {
  const points = await cancelEverywhere(function* () {
    using scheduler = new Scheduler<string>({ limit: 2, window: 3, perHost: 1 });
    const tried = new Set<string>();
    yield* taskGroup(function* (group) {
      group.createTask(
        (function* () {
          for (let i = 0; i < 5; i++) yield* scheduler.add(`${i}`, "a");
          scheduler.end();
        })(),
      );
      yield* workers(scheduler, 2, function* (lease) {
        yield* sleep(0);
        if (!tried.has(lease.item)) {
          slowDown(lease, 1);
          lease.again(2);
          tried.add(lease.item);
        }
      });
    });
  });
  assert.ok(points >= 2, `${points}`);
});

describe("an item that may be tried elsewhere", () => {
  test("does not wait for a host that is paused, and others of the host do", () => {
    virtual(function* () {
      const scheduler = new Scheduler<string>({ limit: 4, elsewhere: (item) => item.endsWith("+") });
      for (const item of ["a/1", "a/2+", "a/3+", "a/4", "a/5+"]) yield* scheduler.add(item, "a");
      const first = yield* mustTake(scheduler);
      slowDown(first, 1000);
      first.done();
      const seen: unknown[] = [];
      for (let i = 0; i < 4; i++) {
        const lease = yield* mustTake(scheduler);
        seen.push([lease.item, lease.isPaused, now()]);
        if (i === 0) lease.again(0, "b");
        else lease.done();
      }
      // Only the first one is looked at: what waits behind another one waits with it.
      assert.deepEqual(seen, [
        ["a/2+", true, 0],
        ["a/3+", true, 0],
        ["a/2+", false, 0],
        ["a/4", false, 1000],
      ]);
    });
  });

  test("waits in the lane of the other host, with what is known of that one", () => {
    virtual(function* () {
      const scheduler = yield* filled(["a/1", "b/1", "b/2"], { perHost: 1 });
      const first = yield* mustTake(scheduler);
      const second = yield* mustTake(scheduler);
      first.again(500, "b");
      assert.equal(scheduler.hosts, 1);
      yield* sleep(1000);
      const next = createTask(mustTake(scheduler));
      yield* sleep(10);
      assert.equal(next.done(), false);
      second.done();
      const lease = yield* next;
      assert.deepEqual([lease.item, lease.host], ["a/1", "b"]);
      lease.done();
      assert.deepEqual(yield* order(scheduler), ["b/2"]);
      assert.equal(scheduler.hosts, 0);
    });
  });
});

describe("a host that is asked at a distance", () => {
  /** Takes the next item. When it came, after the last one. */
  function* next(scheduler: Scheduler<string>, end: (lease: Lease<string>) => void): Coroutine<number> {
    const before = now();
    const lease = yield* mustTake(scheduler);
    end(lease);
    return now() - before;
  }

  test("gets the next one then, and at once if there was no request", () => {
    virtual(function* () {
      const scheduler = yield* filled(
        Array.from({ length: 20 }, (_, i) => `a/${i}`),
        { limit: 1 },
      );
      // Measured: four in 4000 ms.
      const first = yield* mustTake(scheduler);
      first.refused(true);
      first.again(0);
      for (let i = 0; i < 4; i++) {
        (yield* mustTake(scheduler)).done();
        yield* sleep(1000);
      }
      const refused = yield* mustTake(scheduler);
      slowDown(refused, 0);
      refused.again(0);

      const done = (lease: Lease<string>) => lease.done();
      const unused = (lease: Lease<string>) => lease.unused();
      assert.equal(yield* next(scheduler, done), 0);
      assert.equal(yield* next(scheduler, unused), 1000);
      assert.equal(yield* next(scheduler, unused), 0);
      assert.equal(yield* next(scheduler, done), 0);
      assert.ok((yield* next(scheduler, done)) > 950);
    });
  });

  test("keeps a pause that came meanwhile", () => {
    virtual(function* () {
      const scheduler = yield* filled(["a/1", "a/2", "a/3"], { limit: 2 });
      const first = yield* mustTake(scheduler);
      const second = yield* mustTake(scheduler);
      first.pauseHost(5000);
      second.unused();
      first.unused();
      yield* mustTake(scheduler);
      assert.equal(now(), 5000);
    });
  });
});

test("no timer is left when nothing is held", () => {
  virtual(function* () {
    const loop = getRunningLoop();
    const timers: TimerHandle[] = [];
    const callAt = loop.callAt.bind(loop);
    loop.callAt = (...args) => {
      const timer = callAt(...args);
      timers.push(timer);
      return timer;
    };
    const scheduler = yield* filled(["a/1", "a/2"]);
    const first = yield* mustTake(scheduler);
    first.pauseHost(60_000);
    first.closeHost(60_000, { code: "ERR_HOST_CLOSED", message: "on purpose" });
    (yield* mustTake(scheduler)).done();
    assert.equal(timers.filter((timer) => !timer.cancelled()).length, 1);
    first.done();
    assert.equal(timers.filter((timer) => !timer.cancelled()).length, 0);
  });
});
