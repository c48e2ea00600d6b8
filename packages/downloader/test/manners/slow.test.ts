import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { cancelEverywhere } from "@yieldfrom/testing";
import { type Coroutine, createTask, getRunningLoop, isCancelled, sleep, TimeoutError } from "yieldfrom";
import { failAfter, failureOf, virtual } from "../../../core/test/helpers.ts";
import { DownloadError } from "../../src/errors.ts";
import { notSlower, SlowWatch } from "../../src/manners/slow.ts";

/** When a transfer that gets `bytes` each `every` ms, for `during` ms, is found to be too slow; null: it is not. */
function foundAt(watch: SlowWatch, bytes: number, every: number, during: number, from = 0): number | null {
  for (let now = from + every; now <= from + during; now += every) {
    if (watch.patience(now) <= 0) return now;
    watch.add(bytes, now);
  }
  return null;
}

describe("a watch over 100 bytes a second in 10 s", () => {
  const watch = (start = 0) => new SlowWatch(100, 10_000, start);

  test("has patience for the whole of the span at the beginning", () => {
    assert.equal(watch().patience(0), 10_000);
    assert.equal(watch(5000).patience(8000), 7000);
    assert.equal(watch().patience(10_000), 0);
  });

  test("lets pass what is fast enough on average, in even and in uneven pieces", () => {
    assert.equal(foundAt(watch(), 11, 100, 100_000), null);
    assert.equal(foundAt(watch(), 1200, 5000, 100_000), null);
  });

  test("finds what is slower", () => {
    assert.equal(foundAt(watch(), 9, 100, 100_000), 10_000);
  });

  test("finds what becomes slower, when the fast part has left the span", () => {
    const one = watch();
    assert.equal(foundAt(one, 20, 100, 20_000), null);
    // Half as fast as it may be from 20 s on: the average over the last 10 s is below at 27 s.
    const found = foundAt(one, 5, 100, 20_000, 20_000) as number;
    assert.ok(found > 26_000 && found <= 28_000, `${found}`);
  });

  test("tells when it is to be looked at again, if nothing comes", () => {
    const one = watch();
    one.add(5000, 500);
    assert.equal(one.patience(500), 10_500);
    one.add(5000, 4500);
    // At 11 s the first 5000 are gone; the others are enough by themselves, for 4 s more.
    assert.equal(one.patience(4500), 10_500);
    one.add(1000, 9500);
    assert.equal(one.patience(9500), 10_500);
  });

  test("is slow from then on as long as nothing comes, and no longer", () => {
    const one = watch();
    one.add(1000, 100);
    assert.equal(one.patience(10_900), 100);
    assert.equal(one.patience(11_000), 0);
    assert.equal(one.patience(1e9), 0);
    one.add(1000, 1e9);
    assert.equal(one.patience(1e9 + 1000), 10_000);
  });

  test("stands still while we hold the transfer back", () => {
    const one = watch();
    one.add(1000, 500);
    one.hold(1000);
    one.hold(2000);
    assert.equal(one.patience(1e6), Number.POSITIVE_INFINITY);
    one.resume(1_001_000);
    one.resume(2_000_000);
    assert.equal(one.patience(1_001_000), 10_000);
    assert.equal(one.patience(1_011_000), 0);
  });

  test("counts what comes while it is held back", () => {
    const one = watch();
    one.hold(0);
    one.add(1000, 5000);
    one.resume(10_000);
    assert.equal(one.patience(10_000), 11_000);
  });
});

function isSlow(error: unknown): boolean {
  return error instanceof DownloadError && error.code === "ERR_SLOW" && error.cause instanceof TimeoutError;
}

describe("notSlower", () => {
  test("ends a transfer that stands still", () => {
    virtual(function* () {
      const error = yield* failureOf(notSlower(100, 10_000, () => sleep(1e6) as unknown as Coroutine<void>));
      assert.ok(isSlow(error), `${error}`);
      assert.match(String(error), /fewer than 100 bytes a second came over 10 s/);
      assert.equal(getRunningLoop().time(), 10_000);
    });
  });

  test("ends one that becomes slow, while it waits for the next piece", () => {
    virtual(function* () {
      const error = yield* failureOf(
        notSlower(100, 10_000, function* (watch) {
          for (let i = 0; i < 100; i++) {
            yield* sleep(500);
            watch?.add(100, getRunningLoop().time());
          }
          yield* sleep(1e6);
        }),
      );
      assert.ok(isSlow(error), `${error}`);
      const end = getRunningLoop().time();
      assert.ok(end >= 55_000 && end <= 56_000, `${end}`);
    });
  });

  test("gives the result of one that is fast enough, and leaves no timer", async () => {
    virtual(function* () {
      const result = yield* notSlower(100, 10_000, function* (watch) {
        for (let i = 0; i < 100; i++) {
          yield* sleep(1000);
          watch?.add(120, getRunningLoop().time());
        }
        return "all";
      });
      assert.equal(result, "all");
    });
    await cancelEverywhere(function* () {
      yield* notSlower(1, 60_000, function* () {
        yield* sleep(1);
      });
    });
  });

  test("does not end one that we hold back", () => {
    virtual(function* () {
      yield* notSlower(100, 10_000, function* (watch) {
        watch?.hold(getRunningLoop().time());
        yield* sleep(1e6);
        watch?.resume(getRunningLoop().time());
        yield* sleep(9000);
      });
    });
  });

  test("without a limit looks at nothing", () => {
    virtual(function* () {
      yield* notSlower(0, 10_000, function* (watch) {
        assert.equal(watch, null);
        yield* sleep(1e6);
      });
    });
  });

  test("lets errors of the body pass, timeouts as well, and cancellations", () => {
    virtual(function* () {
      const own = yield* failureOf(notSlower(100, 10_000, () => failAfter(10, "its own")));
      assert.equal((own as Error).message, "its own");
      const late = new TimeoutError("its own");
      const error = yield* failureOf(
        notSlower(100, 10_000, function* () {
          throw late;
        }),
      );
      assert.equal(error, late);
      const task = createTask(
        notSlower(100, 10_000, function* () {
          yield* sleep(1e6);
        }),
      );
      yield* sleep(10);
      task.cancel();
      assert.ok(isCancelled(yield* failureOf(task)));
    });
  });
});
