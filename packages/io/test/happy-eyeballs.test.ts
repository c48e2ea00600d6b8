import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Coroutine, createTask, getRunningLoop, sleep, wait } from "yieldfrom";
import { interleave, staggeredRace } from "../src/happy-eyeballs.ts";
import type { AddressInfo } from "../src/index.ts";
import { failureOf, virtual } from "./helpers.ts";

function addresses(families: string): AddressInfo[] {
  return [...families].map((family, i) => ({ family: Number(family) as 4 | 6, address: `${family}-${i}`, port: 1 }));
}

describe("interleave", () => {
  const cases: [families: string, first: number, expected: string][] = [
    ["666444", 1, "6-0 4-3 6-1 4-4 6-2 4-5"],
    ["666444", 2, "6-0 6-1 4-3 6-2 4-4 4-5"],
    ["44466", 1, "4-0 6-3 4-1 6-4 4-2"],
    ["4", 1, "4-0"],
    ["", 1, ""],
  ];
  for (const [families, first, expected] of cases) {
    test(`of ${families || "none"}, ${first} first`, () => {
      const names = interleave(addresses(families), first).map(({ address }) => address);
      assert.equal(names.join(" "), expected);
    });
  }
});

/** An attempt that takes so long and then succeeds, or fails; `log` tells when it began and how it ended. */
function attempts(log: string[], ...plan: [name: string, ms: number, succeeds: boolean][]) {
  return plan.map(([name, ms, succeeds]) => {
    return function* (): Coroutine<string | null> {
      const loop = getRunningLoop();
      log.push(`${loop.time()} ${name}`);
      try {
        yield* sleep(ms);
      } catch (error) {
        log.push(`${loop.time()} ${name} cancelled`);
        throw error;
      }
      return succeeds ? name : null;
    };
  });
}

const never = (result: string) => assert.fail(`dropped ${result}`);

describe("staggeredRace", () => {
  test("starts one after the other, and the first that succeeds ends it", () =>
    virtual(function* () {
      const log: string[] = [];
      const race = staggeredRace(attempts(log, ["a", 1000, true], ["b", 100, true], ["c", 1, true]), 250, never);
      assert.equal(yield* race, "b");
      assert.deepEqual(log, ["0 a", "250 b", "350 a cancelled"]);
    }));

  test("starts the next at once when one has failed", () =>
    virtual(function* () {
      const log: string[] = [];
      const plan = attempts(log, ["a", 10, false], ["b", 20, false], ["c", 30, true]);
      assert.equal(yield* staggeredRace(plan, 250, never), "c");
      assert.deepEqual(log, ["0 a", "10 b", "30 c"]);
    }));

  test("gives null when all have failed, and for none", () =>
    virtual(function* () {
      const plan = attempts([], ["a", 300, false], ["b", 300, false]);
      assert.equal(yield* staggeredRace(plan, 250, never), null);
      assert.equal(yield* staggeredRace([], 250, never), null);
    }));

  test("drops a second one that succeeds at the same time", () =>
    virtual(function* () {
      const dropped: string[] = [];
      const plan = attempts([], ["a", 350, true], ["b", 100, true]);
      const winner = yield* staggeredRace(plan, 250, (result) => void dropped.push(result));
      assert.deepEqual([winner, ...dropped].sort(), ["a", "b"]);
    }));

  test("cancelled, cancels all and waits for them", () =>
    virtual(function* () {
      const log: string[] = [];
      const race = createTask(staggeredRace(attempts(log, ["a", 1000, true], ["b", 1000, true]), 250, never));
      yield* sleep(300);
      race.cancel();
      yield* sleep(0);
      yield* sleep(0);
      yield* sleep(0);
      yield* sleep(0);
      assert.equal(race.cancelled(), true);
      assert.deepEqual(log, ["0 a", "250 b", "300 a cancelled", "300 b cancelled"]);
    }));

  test("cancelled while it waits for the others to end, it drops the one that has succeeded", () =>
    virtual(function* () {
      const dropped: string[] = [];
      const stubborn = function* (): Coroutine<string | null> {
        try {
          yield* sleep(1000);
          return null;
        } finally {
          yield* sleep(500);
        }
      };
      const [quick] = attempts([], ["b", 100, true]);
      const race = createTask(staggeredRace([stubborn, quick!], 250, (result) => void dropped.push(result)));
      yield* sleep(400);
      race.cancel();
      yield* wait([race]);
      assert.equal(race.cancelled(), true);
      assert.deepEqual(dropped, ["b"]);
      yield* sleep(500); // The stubborn one ends.
    }));

  test("drops the one that has succeeded when another fails by a mistake at the same time", () =>
    virtual(function* () {
      const dropped: string[] = [];
      const broken = function* (): Coroutine<string | null> {
        yield* sleep(100);
        throw new TypeError("a mistake");
      };
      const [good] = attempts([], ["a", 350, true]);
      const error = yield* failureOf(staggeredRace([good!, broken], 250, (result) => void dropped.push(result)));
      assert.equal(`${error}`, "TypeError: a mistake");
      assert.deepEqual(dropped, ["a"]);
    }));

  test("an error that is no failure to connect is thrown, and the others are cancelled", () =>
    virtual(function* () {
      const log: string[] = [];
      const [slow] = attempts(log, ["a", 1000, true]);
      const broken = function* (): Coroutine<string | null> {
        yield* sleep(1);
        throw new TypeError("a mistake");
      };
      const error = yield* failureOf(staggeredRace([slow!, broken], 250, never));
      assert.equal(`${error}`, "TypeError: a mistake");
      assert.deepEqual(log, ["0 a", "251 a cancelled"]);
    }));
});
