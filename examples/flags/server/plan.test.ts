import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { TWENTY } from "../countries.ts";
import { createPlanner, type Fault, type Plan, type PlanOptions } from "./plan.ts";

const paths = TWENTY.map((code) => `/flags/${code}/${code}.svg`.toLowerCase());

function plans(options?: PlanOptions): Plan[] {
  return paths.map(createPlanner("ERROR", options));
}

describe("a plan", () => {
  test("is the same for the same seed, in whatever order the requests come", () => {
    const reversed = createPlanner("ERROR", { seed: 7 });
    const backwards = paths
      .toReversed()
      .map((path) => reversed(path))
      .toReversed();
    assert.deepEqual(plans({ seed: 7 }), backwards);
  });

  test("differs with the seed, the path and the number of times asked", () => {
    assert.notDeepEqual(plans({ seed: 7 }), plans({ seed: 8 }));
    const plan = createPlanner("DELAY");
    const delays = [plan("/a"), plan("/a"), plan("/a"), plan("/b")].map(({ delay }) => delay);
    assert.equal(new Set(delays).size, 4, delays.join(" "));
  });

  test("has the same delay in DELAY and ERROR, none in LOCAL, and faults in ERROR alone", () => {
    const delayed = paths.map(createPlanner("DELAY"));
    assert.deepEqual(
      delayed.map(({ delay }) => delay),
      plans().map(({ delay }) => delay),
    );
    assert.ok(delayed.every(({ fault }) => fault === undefined));
    const always: PlanOptions = { faults: { dropped: 1 } };
    assert.deepEqual(createPlanner("LOCAL", always)("/a"), { delay: 0, fault: undefined });
    assert.equal(createPlanner("DELAY", always)("/a").fault, undefined);
    assert.equal(createPlanner("ERROR", always)("/a").fault, "dropped");
  });
});

test("delays fill their range and stay in it", () => {
  const plan = createPlanner("DELAY", { minDelay: 10, maxDelay: 13 });
  const delays = new Set(Array.from({ length: 100 }, () => plan("/a").delay));
  assert.deepEqual([...delays].sort(), [10, 11, 12, 13]);
});

test("by default the twenty flags meet every fault, and most are well", () => {
  const faults = plans().map(({ fault }) => fault);
  const count = (wanted: Fault | undefined) => faults.filter((fault) => fault === wanted).length;
  for (const fault of ["notFound", "unavailable", "dropped", "cut"] as const) {
    assert.ok(count(fault) >= 1 && count(fault) <= 4, `${fault}: ${count(fault)}`);
  }
  assert.ok(count(undefined) >= 10, `well: ${count(undefined)}`);
});

test("faults are as frequent as their rates", () => {
  const plan = createPlanner("ERROR", { seed: 1, faults: { notFound: 0.5, cut: 0.25 } });
  const faults = Array.from({ length: 2000 }, () => plan("/a").fault);
  const share = (wanted: Fault | undefined) => faults.filter((fault) => fault === wanted).length / faults.length;
  assert.ok(Math.abs(share("notFound") - 0.5) < 0.05, `${share("notFound")}`);
  assert.ok(Math.abs(share("cut") - 0.25) < 0.05, `${share("cut")}`);
  assert.ok(Math.abs(share(undefined) - 0.25) < 0.05, `${share(undefined)}`);
  assert.equal(share("dropped") + share("unavailable"), 0);
});

test("impossible options are refused by name", () => {
  const refused: [PlanOptions, string][] = [
    [{ seed: 1.5 }, "expected seed to be an integer, got 1.5"],
    [{ minDelay: -1 }, "expected minDelay to be milliseconds, 0 or more, got -1"],
    [{ maxDelay: 10 }, "expected maxDelay to be milliseconds, not less than minDelay (50), got 10"],
    [
      { minDelay: 0, maxDelay: Number.NaN },
      "expected maxDelay to be milliseconds, not less than minDelay (0), got NaN",
    ],
    [{ faults: { cut: 2 } }, "expected faults.cut to be a probability from 0 to 1, got 2"],
    [{ faults: { cut: 0.75, dropped: 0.5 } }, "expected the sum of faults to be at most 1, got 1.25"],
  ];
  for (const [options, message] of refused) {
    assert.throws(() => createPlanner("ERROR", options), new RangeError(message));
  }
});
