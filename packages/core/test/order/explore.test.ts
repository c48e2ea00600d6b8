import assert from "node:assert/strict";
import { test } from "node:test";
import { Lock, Queue, sleep } from "yieldfrom";
import { explore, play, replay, type Scenario } from "./explore.ts";

const leaky: Scenario = {
  name: "a lock that is not released when its holder is cancelled",
  make(stage) {
    const lock = new Lock();
    for (const name of ["a", "b"]) {
      stage.spawn(name, function* () {
        yield* lock.acquire();
        yield* sleep(1);
        lock.release();
      });
    }
    return () => stage.expect(!lock.locked(), () => "the lock is lost");
  },
};

test("the explorer finds a lock that is lost, and gives the line that replays it", () => {
  assert.deepEqual(play(leaky, []).problems, []);
  assert.throws(
    () => explore(leaky),
    (error: Error) => {
      const [, id] = /replay: ORDER="(.*)" node --test \S+$/.exec(error.message)!;
      const trace: string[] = [];
      assert.match(replay([leaky], id!, (line) => trace.push(line)).join(), /the lock is lost|waits for ever/);
      assert.match(trace.join("\n"), /^0 ms, point \d+: cancel [ab]$/m);
      return true;
    },
  );
});

test("the explorer finds what only two cancellations show", () => {
  const twice: Scenario = {
    name: "cleanup that a second cancellation cuts short",
    make(stage) {
      let inside = 0;
      stage.spawn("a", function* () {
        inside++;
        try {
          yield* sleep(1);
        } catch (error) {
          yield* sleep(1);
          inside--;
          throw error;
        }
        inside--;
      });
      return () => stage.expect(inside === 0, () => "it never left");
    },
  };
  assert.throws(() => explore(twice), /it never left\nreplay: ORDER=".* \| a@\d+ \| a@\d+"/);
});

test("the explorer finds what holds in one order of wake-ups only", () => {
  const ordered: Scenario = {
    name: "who comes first is taken for granted",
    make(stage) {
      const order: string[] = [];
      for (const name of ["a", "b"]) {
        stage.spawn(name, function* () {
          yield* sleep(0);
          order.push(name);
        });
      }
      return () => stage.expect(order.join() !== "b,a", () => `order ${order}`);
    },
  };
  assert.deepEqual(play(ordered, []).problems, []);
  assert.throws(
    () => explore(ordered),
    (error: Error) => {
      const [, id] = /order b,a\nreplay: ORDER="(.* \| late@\d+)" node --test \S+$/.exec(error.message)!;
      const trace: string[] = [];
      assert.deepEqual(
        replay([ordered], id!, (line) => trace.push(line)),
        ["order b,a"],
      );
      assert.match(trace.join("\n"), /^0 ms, point \d+: put off <Task pending name='a'/m);
      return true;
    },
  );
});

test("the explorer finds tasks that wait for ever, swallow a cancellation, leave tasks or timers", () => {
  const scenario = (make: Scenario["make"]): Scenario => ({ name: "wrong", make });
  const never = scenario((stage) => {
    stage.spawn("a", () => new Queue<void>().join());
    const queue = new Queue<void>();
    stage.spawn("b", function* () {
      yield* queue.get();
    });
    return () => {};
  });
  assert.match(play(never, []).problems.join(), /^b waits for ever: <Task pending name='b'/);
  const swallows = scenario((stage) => {
    stage.spawn("a", function* () {
      try {
        yield* sleep(1);
      } catch {}
    });
    return () => {};
  });
  assert.throws(() => explore(swallows), /a was cancelled but ended otherwise/);
  const leaves = scenario((stage) => {
    stage.assist(function* () {
      yield* sleep(10_000);
    });
    return () => {};
  });
  assert.deepEqual(play(leaves, []).problems.slice(0, 2), ["a task is left", "a timer is left"]);
});
