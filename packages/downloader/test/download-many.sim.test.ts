/** All of `downloadMany` but sockets, in virtual time. */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { type Coroutine, createTask, getRunningLoop, isCancelled, sleep } from "yieldfrom";
import { failureOf, virtual } from "../../core/test/helpers.ts";
import { seeded } from "../../core/test/seeded.ts";
import type { DownloadEvent, ItemEvent, Summary } from "../src/events.ts";
import { itemSource } from "../src/input/item-source.ts";
import type { DownloadItem } from "../src/item.ts";
import type { DownloadOptions } from "../src/options.ts";
import { settingsOf } from "../src/transfer/settings.ts";
import { Work } from "../src/work.ts";
import { type Answers, bodyOf, SimulatedNetwork } from "./simulated-network.ts";

/** One run: its network, and what it tells. */
class Run {
  readonly network: SimulatedNetwork;
  readonly events: DownloadEvent[] = [];
  /** How many were told to have an outcome. */
  ended = 0;
  private readonly _work: Work;

  constructor(items: Iterable<string | DownloadItem>, answers: Answers, options: DownloadOptions = {}) {
    this.network = new SimulatedNetwork(answers);
    const settings = settingsOf({ name: "{n}", ...(options.dir === undefined ? { save: nothing } : null), ...options });
    this._work = new Work(itemSource(items), settings, this.network.newSession);
  }

  main(): Coroutine<Summary> {
    return this._work.main((event) => {
      this.events.push(event);
      if (event.type === "done" || event.type === "failed" || event.type === "skipped") this.ended++;
    }, null);
  }

  /** Outcomes by the numbers of their items. */
  outcomes(): Map<number, ItemEvent[]> {
    const found = new Map<number, ItemEvent[]>();
    for (const event of this.events) {
      if (event.type !== "done" && event.type !== "failed" && event.type !== "skipped") continue;
      found.set(event.n, [...(found.get(event.n) ?? []), event]);
    }
    return found;
  }

  /** Events of a type, or the numbers of them. */
  count(type: DownloadEvent["type"]): number {
    return this.events.filter((event) => event.type === type).length;
  }
}

function* nothing(): Coroutine<void> {}

function now(): number {
  return getRunningLoop().time();
}

/** `count` addresses, of each of the hosts in turn. */
function addresses(count: number, ...hosts: string[]): string[] {
  return Array.from({ length: count }, (_, i) => `http://${hosts[i % hosts.length]}/${i}`);
}

/** A run in which backoff is the same each time. */
function deterministic<T>(main: () => Coroutine<T>): T {
  const next = seeded(1);
  const { random } = Math;
  Math.random = () => next(2 ** 32) / 2 ** 32;
  try {
    return virtual(main);
  } finally {
    Math.random = random;
  }
}

test("so many at a time, no more and no less, and each is done", () => {
  virtual(function* () {
    const hosts = Array.from({ length: 50 }, (_, i) => `host${i}`);
    const run = new Run(addresses(5000, ...hosts), () => ({ latency: 20 }));
    const summary = yield* run.main();
    assert.deepEqual([summary.done, summary.failed, summary.interrupted], [5000, 0, false]);
    assert.deepEqual([run.network.most, run.network.requests, run.network.active], [20, 5000, 0]);
    assert.equal(now(), 5000);
    assert.equal(run.events.at(-1)?.type, "end");
  });
});

describe("hosts", () => {
  test("get no more than their share each, and all of it", () => {
    virtual(function* () {
      const run = new Run(addresses(3000, "a", "b", "c"), () => ({ latency: 5, duration: 5 }), { perHost: 3 });
      yield* run.main();
      assert.deepEqual(
        ["a", "b", "c"].map((name) => run.network.host(name).most),
        [3, 3, 3],
      );
      assert.equal(now(), (1000 / 3 + 2 / 3) * 10);
    });
  });

  test("that are slow hold up no others, as long as the window has some of theirs", () => {
    virtual(function* () {
      const answers: Answers = ({ host }) => ({ latency: host === "slow" ? 10_000 : 10 });
      const run = new Run(addresses(800, "slow", "a", "b", "c"), answers, { perHost: 4 });
      yield* run.main();
      assert.deepEqual(
        ["a", "b", "c"].map((name) => run.network.host(name).lastAt),
        [500, 500, 500],
      );
      assert.equal(run.network.host("slow").lastAt, 500_000);
    });
  });

  test("that refuse are asked with patience, and all others as if nothing was", () => {
    deterministic(function* () {
      let tokens = 10;
      let filledAt = 0;
      const answers: Answers = ({ host, time }) => {
        if (host !== "strict") return { latency: 10 };
        tokens = Math.min(10, tokens + ((time - filledAt) / 1000) * 10);
        filledAt = time;
        if (tokens < 1) return { latency: 10, status: 429, headers: { "retry-after": "1" } };
        tokens--;
        return { latency: 10 };
      };
      const run = new Run(addresses(1000, "strict", "a", "b", "c"), answers);
      const summary = yield* run.main();
      assert.deepEqual([summary.done, summary.failed], [1000, 0]);
      // 250 at 10 a second.
      const { times, lastAt } = run.network.host("strict");
      assert.ok(lastAt < 30_000, `${lastAt}`);
      assert.ok(times.length < 250 * 1.25, `${times.length} requests`);
      for (const name of ["a", "b", "c"]) assert.ok(run.network.host(name).lastAt <= 1000, name);
    });
  });

  test("that ask for an hour are left alone, and the run comes to its end at once", () => {
    virtual(function* () {
      const answers: Answers = ({ host }) =>
        host === "a" ? { status: 429, headers: { "retry-after": "3600" } } : { latency: 10 };
      const run = new Run(addresses(5000, "a", "b"), answers);
      const summary = yield* run.main();
      assert.deepEqual([summary.done, summary.failed], [2500, 2500]);
      assert.ok(run.network.host("a").times.length <= 20);
      assert.ok(now() < 3000, `${now()}`);
      const failed = run.events.find((event) => event.type === "failed" && event.attempts === 0);
      assert.match(failed?.type === "failed" ? failed.reason.message : "", /^a is left alone for 3600 s: .* 429$/);
    });
  });

  test("that are dead cost some attempts and not one for each of their items", () => {
    deterministic(function* () {
      for (const fault of ["refused", "unreachable"] as const) {
        const begin = now();
        const answers: Answers = ({ host }) => (host === "dead" ? { fault } : { latency: 10 });
        const run = new Run(addresses(6000, "dead", "alive"), answers);
        const summary = yield* run.main();
        assert.deepEqual([summary.done, summary.failed], [3000, 3000], fault);
        const { length } = run.network.host("dead").times;
        assert.ok(length < 60, `${fault}: ${length} attempts`);
        assert.ok(now() - begin < 400_000, `${fault}: ${now() - begin} ms`);
      }
    });
  });

  test("that are gone for a moment are not given up", () => {
    deterministic(function* () {
      const answers: Answers = ({ time }) => (time >= 1000 && time < 6000 ? { fault: "refused" } : { latency: 10 });
      const run = new Run(addresses(5000, "a"), answers);
      const summary = yield* run.main();
      assert.deepEqual([summary.done, summary.failed], [5000, 0]);
      assert.ok(run.network.requests < 5100, `${run.network.requests}`);
      assert.ok(now() < 20_000, `${now()}`);
    });
  });
});

describe("rates", () => {
  test("of requests hold for all hosts together, and for attempts that are repeated", () => {
    deterministic(function* () {
      const random = seeded(7);
      const answers: Answers = () => (random(10) < 3 ? { fault: "closed" } : { latency: 1 + random(200) });
      const run = new Run(addresses(500, "a", "b", "c"), answers, { rate: 50 });
      const summary = yield* run.main();
      assert.equal(summary.done, 500);
      const times = ["a", "b", "c"].flatMap((name) => run.network.host(name).times).sort((a, b) => a - b);
      assert.ok(times.length > 600);
      for (let i = 51; i < times.length; i++) {
        assert.ok(times[i]! - times[i - 51]! >= 1000, `request ${i} at ${times[i]}`);
      }
      assert.ok(times.at(-1)! < (times.length / 50) * 1000 * 1.1 + 20_000, `${times.at(-1)} for ${times.length}`);
    });
  });

  test("of bytes hold for all transfers together", () => {
    virtual(function* () {
      const answers: Answers = () => ({ latency: 10, size: 50_000 });
      const run = new Run(addresses(400, "a", "b"), answers, { limitRate: 1_000_000 });
      yield* run.main();
      // 20 MB, and what was saved at the beginning.
      assert.ok(Math.abs(now() - 20_000) < 200, `${now()}`);
    });
  });
});

test("who waits for a turn of the rates, or brings a small file slowly enough, is not taken for slow", () => {
  for (const rates of [{ rate: 0.2 }, { limitRate: 10_000 }, { slowTime: 30_000, slowLimit: 1000 }]) {
    const dir = mkdtempSync(join(tmpdir(), "download-many-sim-"));
    try {
      virtual(function* () {
        const slow = { slowLimit: 1, slowTime: 5000 };
        const run = new Run(addresses(20, "a"), () => ({ size: 60_000, duration: "slowTime" in rates ? 40_000 : 0 }), {
          dir,
          retries: 0,
          ...slow,
          ...rates,
        });
        const summary = yield* run.main();
        assert.deepEqual([summary.done, summary.failed], [20, 0], JSON.stringify(rates));
      });
    } finally {
      rmSync(dir, { recursive: true });
    }
  }
});

describe("an item", () => {
  test("that fails each time has its attempts, and one outcome", () => {
    deterministic(function* () {
      const answers: Answers = ({ path }) => (path === "/3" ? { fault: "cut" } : {});
      const run = new Run(addresses(10, "a"), answers, { retries: 3 });
      const summary = yield* run.main();
      assert.deepEqual([summary.done, summary.failed], [9, 1]);
      const own = run.events.filter((event) => event.type !== "end" && event.n === 4);
      assert.deepEqual(
        own.map(({ type }) => type),
        ["start", "retry", "start", "retry", "start", "retry", "start", "failed"],
      );
      const last = own.at(-1);
      assert.ok(last?.type === "failed");
      assert.deepEqual([last.attempts, last.reason.code], [4, "ERR_CLIENT_PAYLOAD"]);
    });
  });

  test("that stands still is begun again after the idle timeout", () => {
    deterministic(function* () {
      const answers: Answers = ({ before }) => (before === 0 ? { fault: "stalled" } : {});
      const run = new Run(addresses(1, "a"), answers, { idleTimeout: 5000 });
      const summary = yield* run.main();
      assert.equal(summary.done, 1);
      assert.ok(now() >= 5000 && now() < 5600, `${now()}`);
    });
  });

  test("is had from its mirror where its host is dead, after some attempts and without delay", () => {
    deterministic(function* () {
      for (const fault of ["refused", "closed"] as const) {
        const begin = now();
        const run = new Run(mirrored(2000), ({ host }) => (host === "first" ? { fault } : {}));
        const summary = yield* run.main();
        assert.deepEqual([summary.done, summary.failed], [2000, 0], fault);
        assert.ok(now() - begin < 3000, `${fault}: ${now() - begin} ms`);
        const { length } = run.network.host("first").times;
        if (fault === "refused") assert.ok(length < 200, `${length} attempts`);
      }
    });
  });

  test("is had from its mirror where its host has enough, which is told to be left alone", () => {
    deterministic(function* () {
      const answers: Answers = ({ host }) => (host === "first" ? { status: 429, headers: { "retry-after": "5" } } : {});
      const run = new Run(mirrored(1000), answers, { perHost: 5 });
      const summary = yield* run.main();
      assert.deepEqual([summary.done, summary.failed], [1000, 0]);
      assert.ok(run.network.host("first").times.length < 10);
      assert.ok(now() < 5000, `${now()}`);
      assert.equal(run.network.host("mirror").most, 5);
    });
  });

  test("waits for the better of two hosts where both have enough", () => {
    deterministic(function* () {
      const answers: Answers = ({ time }) => (time < 3000 ? { status: 429, headers: { "retry-after": "2" } } : {});
      const run = new Run(mirrored(200), answers);
      const summary = yield* run.main();
      assert.deepEqual([summary.done, summary.failed], [200, 0]);
      assert.ok(run.network.requests < 300, `${run.network.requests}`);
      assert.ok(now() < 10_000, `${now()}`);
    });
  });
});

/** `count` items, each at two hosts. */
function mirrored(count: number): DownloadItem[] {
  return Array.from({ length: count }, (_, i) => ({ url: `http://first/${i}`, mirrors: [`http://mirror/${i}`] }));
}

test("no more of the list is read than the window has room for, also while all wait", () => {
  deterministic(function* () {
    let read = 0;
    let most = 0;
    let run: Run | undefined;
    run = new Run(
      (function* () {
        for (let i = 0; i < 30_000; i++) {
          read++;
          most = Math.max(most, read - (run?.ended ?? 0));
          yield `http://h${i % 7}/${i}`;
        }
      })(),
      ({ host, before, time }) =>
        host === "h3" && time < 5000
          ? { status: 503, headers: { "retry-after": "2" } }
          : before === 0 && host === "h5"
            ? { fault: "closed" }
            : { latency: 5 },
    );
    const summary = yield* run.main();
    assert.deepEqual([summary.done, summary.failed], [30_000, 0]);
    // The window, and what the source gives at a time.
    assert.ok(most <= 1000 + 256, `${most}`);
  });
});

/** Whatever can happen to a request, at random. */
function anything(random: (below: number) => number): Answers {
  return ({ host }) => {
    const base = { latency: random(300), duration: random(3) === 0 ? random(5000) : 0, size: random(100_000) };
    switch (random(host === "bad" ? 12 : 40)) {
      case 0:
        return { ...base, fault: "refused" };
      case 1:
        return { ...base, fault: "unreachable" };
      case 2:
        return { ...base, fault: "closed" };
      case 3:
        return { ...base, fault: "cut" };
      case 4:
        return { ...base, fault: "stalled" };
      case 5:
        return { ...base, status: 429, headers: random(2) === 0 ? {} : { "retry-after": `${random(61)}` } };
      case 6:
        return { ...base, status: 503 };
      case 7:
        return { ...base, status: [404, 500, 403, 408, 421][random(5)] as number };
      default:
        return base;
    }
  };
}

/** What must hold of a run that has ended, in whatever way. */
function checkOutcomes(run: Run, items: number, interrupted: boolean): void {
  const outcomes = run.outcomes();
  for (const [n, events] of outcomes) assert.equal(events.length, 1, `item ${n}: ${JSON.stringify(events)}`);
  const begun = new Set(run.events.flatMap((event) => (event.type === "start" ? [event.n] : [])));
  for (const n of begun) assert.ok(outcomes.has(n), `item ${n} was begun and has no outcome`);
  if (!interrupted) assert.equal(outcomes.size, items);
  const end = run.events.at(-1);
  assert.ok(end?.type === "end", "the end is the last event");
  assert.equal(run.count("end"), 1);
  assert.equal(end.interrupted, interrupted);
  assert.deepEqual([end.done, end.failed, end.skipped], [run.count("done"), run.count("failed"), run.count("skipped")]);
  // In the order of an item's events nothing comes after its outcome.
  const over = new Set<number>();
  for (const event of run.events) {
    if (event.type === "end") continue;
    assert.ok(!over.has(event.n), `item ${event.n}: ${event.type} after its outcome`);
    if (event.type !== "start" && event.type !== "retry") over.add(event.n);
  }
  assert.equal(run.network.active, 0, "requests are left");
}

describe("each item has one outcome (D4)", () => {
  test("whatever happens to its requests", () => {
    for (let seed = 1; seed <= 30; seed++) {
      deterministic(function* () {
        const random = seeded(seed);
        const options = { limit: 1 + random(30), perHost: 1 + random(10), retries: random(6), idleTimeout: 5000 };
        const items = random(2) === 0 ? addresses(300, "a", "bad", "b") : mirrored(300);
        const run = new Run(items, anything(random), options);
        yield* run.main();
        checkOutcomes(run, 300, false);
        assert.ok(run.network.most <= options.limit);
        for (const { most } of run.network.hosts.values()) assert.ok(most <= options.perHost);
        // Nothing of it is hopeless.
        assert.ok(run.count("done") > 170, `${run.count("done")} done with seed ${seed}`);
        assert.ok(now() < 3_600_000, `${now()} ms with seed ${seed}`);
      });
    }
  });

  test("whenever the run is cancelled", () => {
    let cut = 0;
    for (let seed = 1; seed <= 200; seed++) {
      deterministic(function* () {
        const random = seeded(seed);
        const options = { limit: 1 + random(30), perHost: 1 + random(10), retries: random(6), idleTimeout: 5000 };
        const rate = random(3) === 0 ? { rate: 1 + random(100), limitRate: 100_000 } : {};
        const items = random(2) === 0 ? addresses(300, "a", "bad", "b") : mirrored(300);
        const run = new Run(items, anything(random), { ...options, ...rate });
        const task = createTask(run.main());
        yield* sleep(random(4) === 0 ? random(20) : random(20_000));
        const wasDone = task.done();
        task.cancel();
        if (!wasDone) {
          cut++;
          assert.ok(isCancelled(yield* failureOf(task)), `seed ${seed}`);
        } else yield* task;
        checkOutcomes(run, 300, !wasDone);
        const { length } = run.events;
        const { requests } = run.network;
        yield* sleep(1e7);
        assert.deepEqual([run.events.length, run.network.requests], [length, requests], "something went on");
      });
    }
    assert.ok(cut > 100, `${cut}`);
  });
});

test("files are whole or not there, whenever the run is cancelled, and none is downloaded twice (D1)", () => {
  const dir = mkdtempSync(join(tmpdir(), "download-many-sim-"));
  try {
    for (let seed = 1; seed <= 10; seed++) {
      const folder = join(dir, `${seed}`);
      const random = seeded(seed);
      const sizes = Array.from({ length: 60 }, () => random(5000));
      const items = addresses(60, "a", "bad", "b");
      const answers: Answers = (request) => ({
        ...anything(random)(request),
        size: sizes[Number(request.path.slice(1))]!,
      });
      const done = new Map<number, number>();
      for (let runs = 1; ; runs++) {
        assert.ok(runs < 100, "it comes to no end");
        const isOver = deterministic(function* () {
          const run = new Run(items, answers, { dir: folder, name: "{n}.bin", idleTimeout: 5000 });
          const task = createTask(run.main());
          yield* sleep(random(3000));
          const wasDone = task.done();
          task.cancel();
          if (!wasDone) assert.ok(isCancelled(yield* failureOf(task)));
          checkOutcomes(run, 60, !wasDone);
          for (const event of run.events) {
            if (event.type === "done") done.set(event.n, (done.get(event.n) ?? 0) + 1);
          }
          return run.count("failed") === 0 && wasDone;
        });
        for (const name of readdirSync(folder)) {
          if (name.startsWith(".download-many")) continue;
          const i = Number.parseInt(name, 10) - 1;
          assert.ok(i >= 0, `${name} is left`);
          assert.deepEqual(readFileSync(join(folder, name)), bodyOf(items[i]!, sizes[i]!), name);
        }
        if (isOver) break;
      }
      assert.deepEqual([...done.values()], Array(60).fill(1), `seed ${seed}`);
    }
  } finally {
    rmSync(dir, { recursive: true });
  }
});
