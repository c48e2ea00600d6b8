import assert from "node:assert/strict";
import { test } from "node:test";
import { Bag } from "../../src/util/bag.ts";

class Item {
  _place = -1;
}

test("what was added and not deleted is in it, whatever the order of deletion", () => {
  const items = Array.from({ length: 6 }, () => new Item());
  for (const first of items.keys()) {
    for (const second of items.keys()) {
      const bag = new Bag<Item>();
      for (const item of items) bag.add(item);
      const gone = new Set([items[first]!, items[second]!]);
      for (const item of gone) bag.delete(item);
      const left = items.filter((item) => !gone.has(item));
      assert.deepEqual(new Set(bag), new Set(left));
      assert.equal(bag.size, left.length);
      for (const item of items) assert.equal(bag.has(item), !gone.has(item));
      for (const item of left) bag.delete(item);
      assert.equal(bag.size, 0);
    }
  }
});

test("an item that was deleted can be added again", () => {
  const bag = new Bag<Item>();
  const item = new Item();
  bag.add(item);
  bag.delete(item);
  bag.add(item);
  assert.deepEqual([...bag], [item]);
});
