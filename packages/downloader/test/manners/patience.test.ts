import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Coroutine, getRunningLoop, sleep, taskGroup } from "yieldfrom";
import { virtual } from "../../../core/test/helpers.ts";
import { newTries, Patience, type PatienceOptions, type Tries } from "../../src/manners/patience.ts";
import { retryAfter } from "../../src/manners/retry-after.ts";
import { type Verdict, verdictOfError, verdictOfStatus } from "../../src/manners/retryable.ts";
import { type Lease, Scheduler } from "../../src/manners/scheduler.ts";
import { StormServer, type StormServerOptions } from "./storm-server.ts";

const OPTIONS: PatienceOptions = { retries: 5, retryDelay: 500, maxRetryDelay: 60_000, random: () => 0.5 };

/** One item in the hands of a worker, and `others` of the same host beside it. */
function* leased(others = 0): Coroutine<{ scheduler: Scheduler<Tries>; lease: Lease<Tries>; rest: Lease<Tries>[] }> {
  const scheduler = new Scheduler<Tries>({ limit: 20 });
  for (let i = 0; i <= others; i++) yield* scheduler.add(newTries(), "a:80");
  const leases: Lease<Tries>[] = [];
  for (let i = 0; i <= others; i++) leases.push((yield* scheduler.take()) as Lease<Tries>);
  const [lease, ...rest] = leases;
  return { scheduler, lease: lease as Lease<Tries>, rest };
}

/** What the decisions about one item are, when it fails in the same way again and again. */
function* decisions(
  verdict: Verdict,
  options: Partial<PatienceOptions> = {},
  asked: number | null = null,
): Coroutine<(number | null)[]> {
  const scheduler = new Scheduler<Tries>({ limit: 1 });
  yield* scheduler.add(newTries(), "a:80");
  scheduler.end();
  const patience = new Patience({ ...OPTIONS, ...options });
  const all: (number | null)[] = [];
  for (let lease = yield* scheduler.take(); lease !== null; lease = yield* scheduler.take()) {
    const delay = patience.after(lease, lease.item, verdict, asked);
    all.push(delay);
    if (delay === null) lease.done();
    else lease.again(delay);
  }
  return all;
}

const broken = verdictOfError(Object.assign(new Error("early end"), { code: "ERR_CLIENT_PAYLOAD" }));

describe("an item", () => {
  test("is tried as often as was asked for, with waits that double", () => {
    virtual(function* () {
      assert.deepEqual(yield* decisions(broken), [250, 500, 1000, 2000, 4000, null]);
      assert.equal(getRunningLoop().time(), 7750);
    });
  });

  test("is tried once with `retries: 0`, whatever it failed with", () => {
    virtual(function* () {
      for (const verdict of [broken, verdictOfStatus(429), verdictOfStatus(503)]) {
        assert.deepEqual(yield* decisions(verdict, { retries: 0 }), [null]);
      }
    });
  });

  test("is given up at once if it would fail again", () => {
    virtual(function* () {
      assert.deepEqual(yield* decisions(verdictOfStatus(404)), [null]);
    });
  });

  test("with a wrong checksum is tried once more", () => {
    virtual(function* () {
      const verdict = verdictOfError(Object.assign(new Error("wrong"), { code: "ERR_CHECKSUM" }));
      assert.deepEqual(yield* decisions(verdict), [250, null]);
    });
  });

  test("waits as long as the server asks for, and no longer than it may", () => {
    virtual(function* () {
      assert.deepEqual(yield* decisions(verdictOfStatus(500), { retries: 2 }, 7000), [7000, 7000, null]);
      assert.deepEqual(yield* decisions(verdictOfStatus(500), {}, 60_001), [null]);
      assert.deepEqual(yield* decisions(verdictOfStatus(429), { retries: 1 }, 0), [250, null]);
    });
  });

  test("is tried `retries` times more and no oftener, also if it was refused as one of many", () => {
    virtual(function* () {
      const unreachable = verdictOfError(Object.assign(new Error("refused"), { code: "ERR_CLIENT_PROXY_CONNECTION" }));
      for (const verdict of [broken, verdictOfStatus(429), verdictOfStatus(503), unreachable]) {
        const scheduler = new Scheduler<{ attempts: number } & Tries>({ limit: 20 });
        const patience = new Patience({ ...OPTIONS, retries: 1 });
        const items = Array.from({ length: 20 }, () => ({ ...newTries(), attempts: 0 }));
        function* worker(): Coroutine<void> {
          for (let lease = yield* scheduler.take(); lease !== null; lease = yield* scheduler.take()) {
            using held = lease;
            held.item.attempts++;
            yield* sleep(10);
            const delay = patience.after(held, held.item, verdict);
            if (delay !== null) held.again(delay);
          }
        }
        yield* taskGroup(function* (group) {
          for (const item of items) yield* scheduler.add(item, "a");
          scheduler.end();
          for (let i = 0; i < 20; i++) group.createTask(worker());
        });
        assert.deepEqual([...new Set(items.map(({ attempts }) => attempts))], [2], verdict.reason.code);
      }
    });
  });

  test("of a burst that is refused counts its own refusal, and its host one for all", () => {
    virtual(function* () {
      const { lease, rest } = yield* leased(3);
      const patience = new Patience(OPTIONS);
      assert.notEqual(patience.after(lease, lease.item, verdictOfStatus(429)), null);
      assert.deepEqual(lease.item, { failures: 1, usedOnce: false });
      for (const other of rest) patience.after(other, other.item, verdictOfStatus(429));
      assert.equal(lease.refusals, 1);
    });
  });

  test("is given up if it is the only one that is refused, time and again", () => {
    virtual(function* () {
      const scheduler = new Scheduler<Tries>({ limit: 20 });
      const patience = new Patience({ ...OPTIONS, retries: 2 });
      const bad = newTries();
      let asked = 0;
      function* worker(): Coroutine<void> {
        for (let lease = yield* scheduler.take(); lease !== null; lease = yield* scheduler.take()) {
          using held = lease;
          yield* sleep(10);
          if (held.item !== bad) held.done();
          else {
            asked++;
            const delay = patience.after(held, bad, verdictOfStatus(429));
            if (delay !== null) held.again(delay);
          }
        }
      }
      yield* taskGroup(function* (group) {
        for (let i = 0; i < 20; i++) group.createTask(worker());
        for (let i = 0; i < 1000; i++) yield* scheduler.add(i === 100 ? bad : newTries(), "a");
        scheduler.end();
      });
      assert.equal(asked, 3);
    });
  });
});

describe("a host", () => {
  test("is paused for its 429, as long as the item or as it asks for", () => {
    virtual(function* () {
      const { scheduler, lease } = yield* leased();
      const patience = new Patience(OPTIONS);
      const delay = patience.after(lease, lease.item, verdictOfStatus(429), 3000);
      assert.equal(delay, 3000);
      lease.again(delay as number);
      yield* scheduler.add(newTries(), "a:80");
      yield* scheduler.take();
      assert.equal(getRunningLoop().time(), 3000);
    });
  });

  test("is told of a refusal when the item is tried elsewhere, too, and nothing is counted", () => {
    virtual(function* () {
      const { scheduler, lease } = yield* leased();
      new Patience(OPTIONS).heed(lease, verdictOfStatus(429), 3000);
      assert.deepEqual([lease.refusals, lease.item], [1, newTries()]);
      lease.again(0, "b:80");
      const elsewhere = (yield* scheduler.take()) as Lease<Tries>;
      assert.deepEqual([elsewhere.host, elsewhere.refusals, getRunningLoop().time()], ["b:80", 0, 0]);
      yield* scheduler.add(newTries(), "a:80");
      yield* scheduler.take();
      assert.equal(getRunningLoop().time(), 3000);
    });
  });

  test("is not slowed down for one 503, or one connection that fails", () => {
    virtual(function* () {
      const unreachable = verdictOfError(Object.assign(new Error("refused"), { code: "ERR_CLIENT_CONNECTOR" }));
      for (const verdict of [verdictOfStatus(503), unreachable]) {
        const { lease, rest } = yield* leased(3);
        const patience = new Patience(OPTIONS);
        patience.after(lease, lease.item, verdict);
        assert.deepEqual([lease.refusals, lease.item.failures], [0, 1]);
        const second = rest[0] as Lease<Tries>;
        patience.after(second, second.item, verdict);
        assert.deepEqual([lease.refusals, second.item.failures], [1, 1]);
      }
    });
  });

  test("is slowed down for one 503 that says for how long", () => {
    virtual(function* () {
      const { lease } = yield* leased(1);
      new Patience(OPTIONS).after(lease, lease.item, verdictOfStatus(503), 1000);
      assert.equal(lease.refusals, 1);
    });
  });

  test("is closed for as long as it asks for, if that is too long to wait", () => {
    virtual(function* () {
      const { scheduler, lease } = yield* leased();
      assert.equal(new Patience(OPTIONS).after(lease, lease.item, verdictOfStatus(429), 3_600_000), null);
      lease.done();
      yield* scheduler.add(newTries(), "a:80");
      const next = (yield* scheduler.take()) as Lease<Tries>;
      assert.deepEqual(next.closed, {
        code: "ERR_HOST_CLOSED",
        message: "a:80 is left alone for 3600 s: the server answered 429",
        status: 429,
      });
      assert.equal(getRunningLoop().time(), 0);
    });
  });

  test("that asks for a century is closed for a day", () => {
    virtual(function* () {
      const { lease } = yield* leased();
      new Patience(OPTIONS).after(lease, lease.item, verdictOfStatus(503), Number.POSITIVE_INFINITY);
      assert.match(lease.closed?.message ?? "", /left alone for 86400 s/);
    });
  });

  test("that answers nothing is asked some times and then given up, with all its items", () => {
    virtual(function* () {
      const server = new StormServer({ perSecond: 0, burst: 0, latency: 20, tells: false });
      const { failed, closed } = yield* download(server, 10_000);
      assert.deepEqual([failed, server.answered], [10_000, 0]);
      // 20 at first, then 10, 5, 2, and one by one until a minute is over.
      assert.ok(server.refused >= 38 && server.refused <= 45, `${server.refused}`);
      assert.ok(closed >= 9950, `${closed}`);
      const end = getRunningLoop().time();
      assert.ok(end >= 60_000 && end < 120_000, `${end}`);
    });
  });
});

interface Outcome {
  readonly done: number;
  readonly failed: number;
  /** Of the failed ones, those that were not asked for. */
  readonly closed: number;
}

/** `count` items of one server, by 20 workers. */
function* download(server: StormServer, count: number): Coroutine<Outcome> {
  let seed = 1;
  const random = () => {
    seed = (seed * 16_807) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  const patience = new Patience({ ...OPTIONS, random });
  const scheduler = new Scheduler<Tries>({ limit: 20 });
  const outcome = { done: 0, failed: 0, closed: 0 };
  function* attempt(lease: Lease<Tries>): Coroutine<void> {
    if (lease.closed !== null) {
      outcome.failed++;
      outcome.closed++;
      return;
    }
    const answer = yield* server.get();
    if (answer.status === 200) {
      outcome.done++;
      lease.done();
      return;
    }
    const asked = retryAfter(answer.retryAfter, null, 0);
    const delay = patience.after(lease, lease.item, verdictOfStatus(answer.status), asked);
    if (delay === null) outcome.failed++;
    else lease.again(delay);
  }
  function* worker(): Coroutine<void> {
    for (let lease = yield* scheduler.take(); lease !== null; lease = yield* scheduler.take()) {
      using held = lease;
      yield* attempt(held);
    }
  }
  yield* taskGroup(function* (group) {
    for (let i = 0; i < 20; i++) group.createTask(worker());
    for (let i = 0; i < count; i++) yield* scheduler.add(newTries(), "a");
    scheduler.end();
  });
  return outcome;
}

describe("a thousand items of a server that takes", () => {
  // The time is compared with that which the server's rate allows.
  const storms: readonly (StormServerOptions & {
    readonly atMost: { readonly refused: number; readonly time: number };
  })[] = [
    { perSecond: 1, burst: 1, latency: 20, tells: false, atMost: { refused: 120, time: 1.25 } },
    { perSecond: 1, burst: 20, latency: 200, tells: true, atMost: { refused: 120, time: 1.05 } },
    { perSecond: 10, burst: 1, latency: 20, tells: false, atMost: { refused: 120, time: 1.5 } },
    { perSecond: 10, burst: 20, latency: 20, tells: true, atMost: { refused: 120, time: 1.1 } },
    { perSecond: 10, burst: 20, latency: 200, tells: false, status: 503, atMost: { refused: 120, time: 1.1 } },
    { perSecond: 100, burst: 20, latency: 20, tells: false, atMost: { refused: 120, time: 2 } },
    { perSecond: 100, burst: 20, latency: 20, tells: false, status: 503, atMost: { refused: 120, time: 2 } },
  ];
  for (const { atMost, ...options } of storms) {
    const { perSecond, burst, latency, tells, status = 429 } = options;
    const name = `${perSecond} a second and ${burst} at once, in ${latency} ms, ${tells ? "with" : "without"} Retry-After, ${status}`;
    test(name, (t) => {
      virtual(function* () {
        const server = new StormServer(options);
        const outcome = yield* download(server, 1000);
        const time = getRunningLoop().time() / (((1000 - burst) / perSecond) * 1000);
        t.diagnostic(`refused: ${server.refused}; ${time.toFixed(2)} times as long as the server's rate allows`);
        assert.deepEqual(outcome, { done: 1000, failed: 0, closed: 0 });
        assert.ok(server.refused <= atMost.refused, `${server.refused} refused`);
        assert.ok(time <= atMost.time, `took ${time} times as long as it might have`);
      });
    });
  }

  test("all there are: none is refused, and nothing is slower", () => {
    virtual(function* () {
      const server = new StormServer({ perSecond: 1e9, burst: 1e9, latency: 20, tells: false });
      assert.deepEqual(yield* download(server, 1000), { done: 1000, failed: 0, closed: 0 });
      assert.deepEqual([server.refused, getRunningLoop().time()], [0, 1000]);
    });
  });
});
