import assert from "node:assert/strict";
import { test } from "node:test";
import { type HeapEntry, TimerHeap } from "../../src/util/timer-heap.ts";
import { seeded } from "../seeded.ts";

interface Entry extends HeapEntry {
  readonly label: number;
}

function entry(when: number, label = 0): Entry {
  return { _when: when, _cancelled: false, _order: 0, label };
}

function cancel(heap: TimerHeap<Entry>, item: Entry): void {
  item._cancelled = true;
  heap.noteCancelled();
}

function popAll(heap: TimerHeap<Entry>, now: number): Entry[] {
  const popped: Entry[] = [];
  for (let item = heap.popDue(now); item !== undefined; item = heap.popDue(now)) popped.push(item);
  return popped;
}

test("an empty heap has nothing to show and nothing due", () => {
  const heap = new TimerHeap<Entry>();
  assert.deepEqual([heap.peek(), heap.popDue(Number.POSITIVE_INFINITY), heap.size], [undefined, undefined, 0]);
});

test("the earliest deadline leaves first", () => {
  const heap = new TimerHeap<Entry>();
  for (const when of [5, 1, 4, 2, 3]) heap.push(entry(when));
  assert.deepEqual(
    popAll(heap, 10).map((item) => item._when),
    [1, 2, 3, 4, 5],
  );
});

test("equal deadlines leave in the order they were pushed", () => {
  const heap = new TimerHeap<Entry>();
  for (let label = 0; label < 50; label++) heap.push(entry(7, label));
  assert.deepEqual(
    popAll(heap, 7).map((item) => item.label),
    [...Array(50).keys()],
  );
});

test("an entry is due at its deadline, not before", () => {
  const heap = new TimerHeap<Entry>();
  heap.push(entry(10));
  assert.equal(heap.popDue(9.999), undefined);
  assert.equal(heap.popDue(10)?._when, 10);
});

test("peek leaves the entry where it is", () => {
  const heap = new TimerHeap<Entry>();
  heap.push(entry(3));
  assert.equal(heap.peek()?._when, 3);
  assert.equal(heap.peek()?._when, 3);
  assert.equal(heap.size, 1);
});

test("a cancelled entry is passed over, on the top and below it", () => {
  const heap = new TimerHeap<Entry>();
  const entries = [1, 2, 3, 4].map((when) => entry(when));
  for (const item of entries) heap.push(item);
  cancel(heap, entries[0]!);
  cancel(heap, entries[2]!);
  assert.equal(heap.peek(), entries[1]);
  assert.deepEqual(popAll(heap, 10), [entries[1], entries[3]]);
  assert.equal(heap.size, 0);
});

test("infinite deadlines stay behind all others, in order", () => {
  const heap = new TimerHeap<Entry>();
  const never = [entry(Number.POSITIVE_INFINITY, 1), entry(Number.POSITIVE_INFINITY, 2)];
  for (const item of [never[0]!, entry(1e300), never[1]!]) heap.push(item);
  assert.deepEqual(
    popAll(heap, Number.MAX_VALUE).map((item) => item._when),
    [1e300],
  );
  assert.deepEqual(popAll(heap, Number.POSITIVE_INFINITY), never);
});

test("clear forgets all", () => {
  const heap = new TimerHeap<Entry>();
  for (let i = 0; i < 10; i++) heap.push(entry(i));
  heap.clear();
  assert.deepEqual([heap.size, heap.peek()], [0, undefined]);
});

test("cancelled timers do not accumulate behind a living one", () => {
  // What a server does that arms a long timeout for each request and cancels it when the answer comes.
  const heap = new TimerHeap<Entry>();
  heap.push(entry(0));
  for (let i = 1; i <= 10_000; i++) {
    const item = entry(i);
    heap.push(item);
    cancel(heap, item);
    assert.ok(heap.size <= 102, `${heap.size} entries are held for 1 living one`);
  }
});

test("the dead never outnumber the living by more than a hundred", () => {
  const heap = new TimerHeap<Entry>();
  const living = Array.from({ length: 1000 }, (_, i) => entry(1000 - i));
  for (const item of living) heap.push(item);
  while (living.length > 0) {
    cancel(heap, living.pop()!);
    assert.ok(heap.size <= Math.max(2 * living.length, 100), `${heap.size} held for ${living.length} living`);
  }
});

test("a hundred entries or fewer are not worth a pruning", () => {
  const heap = new TimerHeap<Entry>();
  const entries = Array.from({ length: 100 }, (_, i) => entry(i));
  for (const item of entries) heap.push(item);
  for (const item of entries.slice(1)) cancel(heap, item);
  assert.equal(heap.size, 100);
  assert.deepEqual(popAll(heap, 1000), [entries[0]]);
});

for (let seed = 1; seed <= 20; seed++) {
  test(`agrees with a sorted list over 3000 random operations, seed ${seed}`, () => {
    const random = seeded(seed);
    const heap = new TimerHeap<Entry>();
    /** The living entries in the order they must leave: by deadline, then by push. */
    let model: Entry[] = [];
    for (let i = 0; i < 3000; i++) {
      const dice = random(10);
      if (dice < 5) {
        // Few different deadlines, so that ties are the rule.
        const item = entry(random(40), i);
        heap.push(item);
        const after = model.findIndex((other) => other._when > item._when);
        model.splice(after === -1 ? model.length : after, 0, item);
      } else if (dice < 8 && model.length > 0) {
        const [item] = model.splice(random(model.length), 1);
        cancel(heap, item!);
        assert.ok(heap.size <= Math.max(2 * model.length, 100) + 1, "the dead are pruned when one is cancelled");
      } else if (dice === 8) {
        const now = random(12);
        const due = model.filter((item) => item._when <= now);
        model = model.filter((item) => item._when > now);
        assert.deepEqual(popAll(heap, now), due);
      } else {
        assert.equal(heap.peek(), model[0]);
      }
      assert.ok(heap.size >= model.length);
    }
    assert.deepEqual(popAll(heap, Number.POSITIVE_INFINITY), model);
  });
}
