import assert from "node:assert/strict";
import { test } from "node:test";
import { Ring } from "../../src/util/ring.ts";
import { seeded } from "../seeded.ts";

function filled(count: number): Ring<number> {
  const ring = new Ring<number>();
  for (let i = 0; i < count; i++) ring.push(i);
  return ring;
}

test("what goes in first comes out first", () => {
  const ring = filled(3);
  assert.equal(ring.size, 3);
  assert.deepEqual([ring.shift(), ring.shift(), ring.shift()], [0, 1, 2]);
  assert.equal(ring.size, 0);
});

test("an empty ring gives undefined and stays usable", () => {
  const ring = new Ring<number>();
  assert.equal(ring.shift(), undefined);
  ring.push(7);
  assert.equal(ring.shift(), 7);
  assert.equal(ring.shift(), undefined);
});

test("undefined is an item like any other", () => {
  const ring = new Ring<undefined>();
  ring.push(undefined);
  assert.equal(ring.size, 1);
  ring.shift();
  assert.equal(ring.size, 0);
});

test("order and size survive growing at every position of the head", () => {
  for (let offset = 0; offset < 40; offset++) {
    const ring = filled(offset);
    for (let i = 0; i < offset; i++) ring.shift();
    for (let i = 0; i < 100; i++) ring.push(i);
    assert.equal(ring.size, 100, `head at ${offset}`);
    assert.deepEqual([...ring], [...Array(100).keys()], `head at ${offset}`);
    assert.equal(ring.shift(), 0);
  }
});

test("iterating shows the oldest first and takes nothing", () => {
  const ring = filled(20);
  assert.deepEqual([...ring], [...Array(20).keys()]);
  assert.equal(ring.size, 20);
});

test("clear empties it at any size and it can be used again", () => {
  for (const count of [0, 1, 15, 16, 17, 1000]) {
    const ring = filled(count);
    ring.clear();
    assert.equal(ring.size, 0);
    assert.deepEqual([...ring], []);
    ring.push(1);
    assert.equal(ring.shift(), 1);
  }
});

test("a ring that grew huge and ran empty works on", () => {
  const count = 200_000;
  const ring = filled(count);
  for (let i = 0; i < count; i++) assert.equal(ring.shift(), i);
  for (let i = 0; i < 100; i++) ring.push(i);
  assert.deepEqual([...ring], [...Array(100).keys()]);
});

test("a huge buffer is kept while it is needed again, and dropped when it has run empty often without growing", () => {
  const ring = filled(200_000);
  const cells = () => (ring as unknown as { _cells: unknown[] })._cells.length;
  while (ring.shift() !== undefined);
  const huge = cells();
  for (let i = 0; i < 200_000; i++) ring.push(i);
  assert.equal(cells(), huge, "not made anew");
  while (ring.shift() !== undefined);
  for (let i = 0; i < 100; i++) {
    ring.push(i);
    assert.equal(ring.shift(), i);
  }
  assert.ok(cells() < huge, `${cells()} cells are left of ${huge}`);
});

test("an item that left is not held on to", () => {
  const ring = new Ring<object>();
  ring.push({});
  ring.shift();
  const { _cells } = ring as unknown as { _cells: unknown[] };
  assert.ok(_cells.every((cell) => cell === undefined));
});

for (let seed = 1; seed <= 20; seed++) {
  test(`agrees with an array over 2000 random operations, seed ${seed}`, () => {
    const random = seeded(seed);
    const ring = new Ring<number>();
    const model: number[] = [];
    // Phases of growing and shrinking, so that the buffer grows and wraps often.
    for (let i = 0; i < 2000; i++) {
      const growing = Math.floor(i / 150) % 2 === 0;
      if (random(10) < (growing ? 7 : 3)) {
        ring.push(i);
        model.push(i);
      } else {
        assert.equal(ring.shift(), model.shift());
      }
      assert.equal(ring.size, model.length);
    }
    assert.deepEqual([...ring], model);
  });
}
