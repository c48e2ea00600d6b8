import assert from "node:assert/strict";
import { test } from "node:test";
import { completeTimeouts, DEFAULT_TIMEOUTS } from "../src/timeouts.ts";

test("timeouts are aiohttp's unless said otherwise, field by field", () => {
  assert.deepEqual(DEFAULT_TIMEOUTS, { total: 300_000, connect: null, sockConnect: 30_000, sockRead: null });
  assert.equal(completeTimeouts(undefined, DEFAULT_TIMEOUTS), DEFAULT_TIMEOUTS);
  const session = completeTimeouts({ total: null, sockRead: 5 }, DEFAULT_TIMEOUTS);
  assert.deepEqual(session, { total: null, connect: null, sockConnect: 30_000, sockRead: 5 });
  assert.deepEqual(completeTimeouts({ sockRead: 0.5 }, session), { ...session, sockRead: 0.5 });
});

test("a timeout is a finite number of at least 0, or null", () => {
  for (const bad of [-1, Number.NaN, Number.POSITIVE_INFINITY, "5"]) {
    const message = `Expected \`timeout.connect\` to be a number of milliseconds of at least 0 (0 or null: no limit), got ${bad}`;
    assert.throws(() => completeTimeouts({ connect: bad as number }, DEFAULT_TIMEOUTS), {
      name: "RangeError",
      message,
    });
  }
});

test("0 is no limit, as null is", () => {
  assert.equal(completeTimeouts({ total: 0 }, DEFAULT_TIMEOUTS).total, null);
});
