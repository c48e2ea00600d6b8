import assert from "node:assert/strict";
import { test } from "node:test";
import { AsyncTqdm, Tqdm, tqdm } from "../src/tqdm.ts";
import { stage } from "./stage.ts";

test("the items come through unchanged and in order, with their type", () => {
  const items: string[] = [...new Tqdm(["a", "b"], {}, stage())];
  assert.deepEqual(items, ["a", "b"]);
  const numbers: number[] = [...tqdm(new Set([1, 2]), { disable: true })];
  assert.deepEqual(numbers, [1, 2]);
});

test("an item counts when the loop comes back for the next", () => {
  const on = stage();
  const bar = new Tqdm("abc", {}, on);
  const counts: number[] = [];
  for (const _ of bar) counts.push(bar.n);
  assert.deepEqual([counts, bar.n], [[0, 1, 2], 3]);
});

test("what a person sees from the first moment to the last", () => {
  const on = stage();
  const seen: string[] = [];
  for (const _ of new Tqdm([1, 2, 3, 4], { desc: "get", unit: "file" }, on)) {
    seen.push(...on.terminal.lines);
    on.host.work(500);
  }
  seen.push(...on.terminal.lines);
  assert.deepEqual(seen, [
    "get:   0%|                         | 0/4 [00:00<?, ?file/s]",
    "get:  25%|████▎            | 1/4 [00:00<00:01,  2.00file/s]",
    "get:  50%|████████▌        | 2/4 [00:01<00:01,  2.00file/s]",
    "get:  75%|████████████▊    | 3/4 [00:01<00:00,  2.00file/s]",
    "get: 100%|█████████████████| 4/4 [00:02<00:00,  2.00file/s]",
  ]);
  assert.deepEqual(on.terminal.cursor, [1, 0]);
});

test("the total is the iterable's length or size, where it has one and none was given", () => {
  const total = (iterable: Iterable<unknown>, options = {}): number | null =>
    new Tqdm(iterable, options, stage()).total;
  assert.equal(total(["a", "b"]), 2);
  assert.equal(total(new Uint8Array(3)), 3);
  assert.equal(total(new Map([[1, 2]])), 1);
  assert.equal(total(new Set("abc")), 3);
  assert.equal(total("🇨🇳"), 2);
  assert.equal(total([][Symbol.iterator]()), null);
  assert.equal(total(Object.assign([1].values(), { length: Number.NaN })), null);
  assert.equal(total(["a", "b"], { total: 9 }), 9);
  assert.equal(total(["a", "b"], { total: Number.POSITIVE_INFINITY }), null);
});

test("leaving the loop closes the bar and the iterable's iterator", () => {
  const leave: Record<string, (items: Iterable<number>) => void> = {
    break: (items) => {
      for (const _ of items) break;
    },
    throw: (items) => {
      assert.throws(() => {
        for (const _ of items) throw new Error("body");
      }, /body/);
    },
  };
  for (const [name, run] of Object.entries(leave)) {
    const on = stage();
    let closed = false;
    const source = (function* () {
      try {
        yield 1;
        yield 2;
      } finally {
        closed = true;
      }
    })();
    const bar = new Tqdm(source, { total: 2 }, on);
    run(bar);
    assert.equal(closed, true, name);
    assert.deepEqual([on.host.timers.size, on.host.exits.size, on.stderr.listenerCount], [0, 0, 0], name);
    assert.deepEqual(on.terminal.lines, ["  0%|                                | 0/2 [00:00<?, ?it/s]"], name);
    assert.equal(on.terminal.cursor[0], 1, name);
  }
});

test("an iterable that fails closes the bar", () => {
  const on = stage();
  const source = (function* () {
    yield 1;
    throw new Error("source");
  })();
  assert.throws(() => [...new Tqdm(source, {}, on)], /source/);
  assert.equal(on.host.timers.size, 0);
  assert.equal(on.terminal.cursor[0], 1);
});

test("a coroutine that is cancelled inside the loop closes the bar", () => {
  const on = stage();
  const coroutine = (function* () {
    for (const item of new Tqdm([1, 2], {}, on)) yield item;
  })();
  coroutine.next();
  coroutine.next();
  assert.throws(() => coroutine.throw(new Error("cancelled")), /cancelled/);
  assert.equal(on.host.timers.size, 0);
});

test("a closed bar iterates on in silence", () => {
  const on = stage();
  const bar = new Tqdm([1, 2], {}, on);
  assert.deepEqual([...bar, ...bar], [1, 2, 1, 2]);
  assert.equal(bar.n, 2);
  assert.equal(on.terminal.lines.length, 1);
});

test("nested bars", () => {
  const on = stage();
  for (const _ of new Tqdm([1, 2], { desc: "outer", ncols: 50 }, on)) {
    for (const _item of new Tqdm([1], { desc: "inner", ncols: 50, leave: false }, on)) {
      assert.deepEqual(
        on.terminal.lines.map((line) => line.slice(0, 6)),
        ["outer:", "inner:"],
      );
    }
    on.host.work(200);
  }
  assert.deepEqual(on.terminal.lines, ["outer: 100%|████████| 2/2 [00:00<00:00,  5.00it/s]"]);
});

test("for await", async () => {
  const on = stage();
  async function* source() {
    yield "a";
    yield "b";
  }
  const bar = new AsyncTqdm(source(), { total: 2 }, on);
  const items: string[] = [];
  for await (const item of bar) items.push(item);
  assert.deepEqual([items, bar.n, on.host.timers.size], [["a", "b"], 2, 0]);

  const broken = new AsyncTqdm(source(), {}, on);
  await assert.rejects(async () => {
    for await (const _ of broken) throw new Error("body");
  }, /body/);
  assert.equal(on.host.timers.size, 0);
  assert.ok(tqdm(source(), { disable: true }) instanceof AsyncTqdm);
});

test("what cannot be iterated is named", () => {
  const wrong = tqdm as unknown as (value: unknown) => Iterable<unknown>;
  assert.throws(() => wrong({ a: 1 }), {
    name: "TypeError",
    message:
      "tqdm: expected something iterable, or null for a bar moved by update(); got an object (Object). For the parts of an object write Object.entries(object).",
  });
  assert.throws(() => wrong(20), /got 20\./);
  assert.throws(() => wrong(Promise.resolve([])), /got an object \(Promise\)/);
});

test("a bar without an iterable says how it is moved", () => {
  const on = stage();
  const bar = new Tqdm(null, { total: 2 }, on);
  assert.throws(() => [...bar], /made without an iterable: move it by update\(\), or write tqdm\(items\)/);
  assert.equal(on.host.timers.size, 0);
});
