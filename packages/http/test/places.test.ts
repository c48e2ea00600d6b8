import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Coroutine, createTask, type Future, gather, sleep, type Task, VirtualEventLoop } from "yieldfrom";
import { Line, Places } from "../src/places.ts";

const waiting = {
  *wait<T>(future: Future<T>): Coroutine<T> {
    return yield* future;
  },
};

function virtual<T>(main: () => Coroutine<T>): T {
  const loop = new VirtualEventLoop();
  try {
    return loop.runUntilComplete(main());
  } finally {
    loop.close();
  }
}

/** How many places there are, by taking them all and giving them back. */
function count(places: Places, line: Line): number {
  let taken = 0;
  while (taken < 1000 && places.takeNowait(line)) taken++;
  for (let i = 0; i < taken; i++) places.give(line);
  return taken;
}

/** Takes a place, notes it, and keeps it for a moment. */
function user(places: Places, line: Line, order: string[], name: string): Task<void> {
  return createTask(
    (function* () {
      const isPlace = yield* places.take(line, waiting);
      order.push(name);
      try {
        yield* sleep(1);
      } finally {
        if (isPlace) places.give(line);
      }
    })(),
  );
}

describe("Places", () => {
  test("0 is no limit", () => {
    assert.equal(count(new Places(0, 0), new Line()), 1000);
    assert.equal(count(new Places(3, 0), new Line()), 3);
    assert.equal(count(new Places(3, 2), new Line()), 2);
  });

  test("are given in a line to who came first", () => {
    virtual(function* () {
      const places = new Places(2, 0);
      const line = new Line();
      const order: string[] = [];
      yield* gather(["a", "b", "c", "d", "e"].map((name) => user(places, line, order, name)));
      assert.deepEqual(order, ["a", "b", "c", "d", "e"]);
      assert.equal(count(places, line), 2);
    });
  });

  test("go from line to line in turns, so that a long one holds up no other", () => {
    virtual(function* () {
      const places = new Places(1, 0);
      const [a, b, c] = [new Line(), new Line(), new Line()];
      const order: string[] = [];
      const users = ["a0", "a1", "a2", "a3"].map((name) => user(places, a, order, name));
      users.push(user(places, b, order, "b0"), user(places, b, order, "b1"), user(places, c, order, "c0"));
      yield* gather(users);
      assert.deepEqual(order, ["a0", "a1", "b0", "c0", "a2", "b1", "a3"]);
    });
  });

  test("whoever waits for a full host takes none of the whole", () => {
    virtual(function* () {
      const places = new Places(2, 1);
      const [a, b] = [new Line(), new Line()];
      const order: string[] = [];
      yield* gather([
        user(places, a, order, "a0"),
        user(places, a, order, "a1"),
        user(places, a, order, "a2"),
        user(places, b, order, "b0"),
      ]);
      assert.deepEqual(order, ["a0", "b0", "a1", "a2"]);
      assert.deepEqual([count(places, a), count(places, b)], [1, 1]);
    });
  });

  test("one that was given to a task in the moment in which it was cancelled goes on to the next", () => {
    virtual(function* () {
      const places = new Places(1, 1);
      const line = new Line();
      const order: string[] = [];
      assert.ok(places.takeNowait(line));
      const [first, second] = [user(places, line, order, "first"), user(places, line, order, "second")];
      yield* sleep(0);
      places.give(line);
      first.cancel();
      yield* gather([first, second], { returnExceptions: true });
      assert.deepEqual(order, ["second"]);
      assert.equal(count(places, line), 1);
    });
  });

  test("whoever is cancelled leaves its line, wherever it stands in it", () => {
    for (const cancelled of [[0], [1], [2], [0, 2], [0, 1, 2]]) {
      virtual(function* () {
        const places = new Places(1, 0);
        const line = new Line();
        const order: string[] = [];
        assert.ok(places.takeNowait(line));
        const users = ["0", "1", "2"].map((name) => user(places, line, order, name));
        yield* sleep(0);
        for (const which of cancelled) users[which]?.cancel();
        if (cancelled.length < 3) places.give(line);
        yield* gather(users, { returnExceptions: true });
        assert.deepEqual(
          order,
          ["0", "1", "2"].filter((_, i) => !cancelled.includes(i)),
        );
        if (cancelled.length === 3) places.give(line);
        assert.equal(count(places, line), 1);
      });
    }
  });

  test("those who wait can be told to look again", () => {
    virtual(function* () {
      const places = new Places(1, 0);
      const line = new Line();
      assert.ok(places.takeNowait(line));
      const tasks = [0, 1, 2].map(() => createTask(places.take(line, waiting)));
      yield* sleep(0);
      places.tellFirst(line);
      yield* sleep(0);
      assert.deepEqual(
        tasks.map((task) => task.done()),
        [true, false, false],
      );
      places.tellAll(line);
      assert.deepEqual(yield* gather(tasks), [false, false, false]);
      places.give(line);
      assert.equal(count(places, line), 1);
    });
  });

  test("random takers, givers and cancellations leave every place free", () => {
    virtual(function* () {
      const places = new Places(3, 2);
      const lines = [new Line(), new Line(), new Line()];
      let seed = 7;
      const random = (below: number) => {
        seed = (seed * 48271) % 2147483647;
        return seed % below;
      };
      const tasks: Task<void>[] = [];
      for (let i = 0; i < 300; i++) {
        tasks.push(user(places, lines[random(3)] as Line, [], ""));
        if (random(2) === 0) tasks[random(tasks.length)]?.cancel();
        if (random(4) === 0) yield* sleep(random(3));
      }
      yield* gather(tasks, { returnExceptions: true });
      assert.deepEqual(
        lines.map((line) => count(places, line)),
        [2, 2, 2],
      );
    });
  });
});
