import assert from "node:assert/strict";
import { test } from "node:test";
import { Heap } from "../../src/util/heap.ts";
import { seeded } from "../seeded.ts";

test("comes out sorted, whatever went in and was taken meanwhile", () => {
  const random = seeded(7);
  for (let round = 0; round < 200; round++) {
    const heap = new Heap<number>((a, b) => a < b);
    const model: number[] = [];
    for (let i = 0; i < 40; i++) {
      const value = random(20);
      heap.push(value);
      model.push(value);
      if (random(5) === 0) {
        model.sort((a, b) => a - b);
        assert.equal(heap.pop(), model.shift());
      }
    }
    model.sort((a, b) => a - b);
    assert.equal(heap.size, model.length);
    assert.equal(heap.peek(), model[0]);
    assert.deepEqual(
      model.map(() => heap.pop()),
      model,
    );
    assert.equal(heap.pop(), undefined);
  }
});
