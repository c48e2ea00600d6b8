import assert from "node:assert/strict";
import { test } from "node:test";
import { LinkedList, type ListNode } from "../../src/util/linked-list.ts";
import { seeded } from "../seeded.ts";

class Item implements ListNode<Item> {
  readonly label: number;
  _previous: Item | null = null;
  _following: Item | null = null;

  constructor(label: number) {
    this.label = label;
  }
}

function listOf(count: number): { list: LinkedList<Item>; items: Item[] } {
  const list = new LinkedList<Item>();
  const items = Array.from({ length: count }, (_, label) => new Item(label));
  for (const item of items) list.push(item);
  return { list, items };
}

function labels(list: LinkedList<Item>): number[] {
  return Array.from(list, (item) => item.label);
}

/** The same, walked from the tail. */
function backwards(list: LinkedList<Item>): number[] {
  const found: number[] = [];
  for (let item = list.tail; item !== null; item = item._previous) found.push(item.label);
  return found;
}

test("an empty list has neither head nor tail", () => {
  const { list } = listOf(0);
  assert.deepEqual([list.head, list.tail, labels(list)], [null, null, []]);
});

test("items stand in the order they were pushed", () => {
  assert.deepEqual(labels(listOf(4).list), [0, 1, 2, 3]);
});

test("an item can be removed from every place of lists of every length", () => {
  for (let length = 1; length <= 4; length++) {
    for (let at = 0; at < length; at++) {
      const { list, items } = listOf(length);
      const item = items[at]!;
      list.remove(item);
      const rest = items.filter((other) => other !== item).map((other) => other.label);
      assert.deepEqual(labels(list), rest);
      assert.deepEqual(backwards(list), rest.toReversed());
      assert.deepEqual([item._previous, item._following], [null, null], "a removed item points nowhere");
    }
  }
});

test("a removed item can be pushed again", () => {
  const { list, items } = listOf(3);
  list.remove(items[0]!);
  list.push(items[0]!);
  assert.deepEqual(labels(list), [1, 2, 0]);
});

for (let seed = 1; seed <= 10; seed++) {
  test(`agrees with an array over 500 random operations, seed ${seed}`, () => {
    const random = seeded(seed);
    const { list } = listOf(0);
    const model: Item[] = [];
    for (let i = 0; i < 500; i++) {
      if (model.length === 0 || random(5) < 3) {
        const item = new Item(i);
        list.push(item);
        model.push(item);
      } else {
        const [item] = model.splice(random(model.length), 1);
        list.remove(item!);
      }
      assert.equal(list.head, model[0] ?? null);
      assert.equal(list.tail, model.at(-1) ?? null);
    }
    const expected = model.map((item) => item.label);
    assert.deepEqual(labels(list), expected);
    assert.deepEqual(backwards(list), expected.toReversed());
  });
}
