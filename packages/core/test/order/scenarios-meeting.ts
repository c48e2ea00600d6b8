import {
  Barrier,
  BrokenBarrierError,
  Condition,
  type Coroutine,
  gather,
  Lock,
  sleep,
  TimeoutError,
  timeout,
} from "yieldfrom";
import type { Scenario, Stage } from "./explore.ts";

/** Things that a condition's holders count out, and what became of them. */
class Shelf {
  readonly condition = new Condition();
  things = 0;
  taken = 0;
  private _holders = 0;
  private readonly _stage: Stage;

  constructor(stage: Stage) {
    this._stage = stage;
    stage.mayWait = () => this.things === 0;
  }

  *take(): Coroutine<void> {
    using _held = yield* this.condition;
    try {
      yield* this.condition.waitFor(() => this.things > 0);
      this.taken++;
      this.things--;
    } finally {
      yield* this._alone();
    }
  }

  *put(count: number): Coroutine<void> {
    using _held = yield* this.condition;
    this.things += count;
    this.condition.notify(count);
    yield* this._alone();
  }

  check(put: number): void {
    this._stage.expect(this.taken + this.things === put, () => `put ${put}, taken ${this.taken}, left ${this.things}`);
    this._stage.expect(String(this.condition) === "<Condition unlocked>", () => `left as ${this.condition}`);
  }

  /** The lock is held here, however the wait ended. */
  private *_alone(): Coroutine<void> {
    this._stage.expect(this.condition.locked() && ++this._holders === 1, () => `${this._holders} hold the lock`);
    try {
      yield* sleep(0);
    } finally {
      this._holders--;
    }
  }
}

/** Bare waits, without a predicate that would make up for a lost notification. */
function bareWaits(what: string, notify: (conditions: readonly Condition[]) => void, least: number): Scenario {
  return {
    name: `condition: ${what}`,
    make(stage) {
      const lock = new Lock();
      const conditions = [new Condition(lock), new Condition(lock)];
      let woken = 0;
      for (const name of ["a", "b", "c"]) {
        stage.spawn(name, function* () {
          using _held = yield* lock;
          yield* conditions[0]!.wait();
          stage.expect(lock.locked(), () => `${name} was woken without the lock`);
          woken++;
        });
      }
      stage.assist(function* () {
        yield* sleep(2);
        {
          using _held = yield* lock;
          notify(conditions);
        }
        yield* sleep(2);
        const alive = stage.tasks.size - stage.cuts.size;
        stage.expect(woken >= Math.min(least, alive), () => `${woken} woke of ${alive}`);
        stage.expect(least > 0 || woken === 0, () => `${woken} woke unasked`);
        using _held = yield* lock;
        conditions[0]!.notifyAll();
      });
      return () => {
        stage.expect(String(lock) === "<Lock unlocked>", () => `left as ${lock}`);
        stage.expect(String(conditions[0]) === "<Condition unlocked>", () => `left as ${conditions[0]}`);
      };
    },
  };
}

const conditions: readonly Scenario[] = [
  bareWaits("two of three notified, without a predicate", ([condition]) => condition!.notify(2), 2),
  bareWaits("all notified, without a predicate", ([condition]) => condition!.notifyAll(), 3),
  {
    name: "condition: two of three notified",
    make(stage) {
      const shelf = new Shelf(stage);
      for (const name of ["a", "b", "c"]) stage.spawn(name, () => shelf.take());
      stage.assist(function* () {
        yield* sleep(1);
        yield* shelf.put(2);
        yield* sleep(1);
        yield* shelf.put(1);
      });
      return () => shelf.check(3);
    },
  },
  {
    name: "condition: waited for within a timeout, notified as it runs out",
    errors: [TimeoutError],
    make(stage) {
      const shelf = new Shelf(stage);
      stage.assist(function* () {
        yield* sleep(2);
        yield* shelf.put(1);
      });
      stage.spawn("a", () => timeout(2, () => shelf.take()));
      stage.spawn("b", () => shelf.take());
      return () => shelf.check(1);
    },
  },
];

function meeting(what: string, tasks: number, assist: ((barrier: Barrier) => Coroutine<void>) | null): Scenario {
  return {
    name: `barrier of two: ${what}`,
    errors: [BrokenBarrierError],
    make(stage) {
      const barrier = new Barrier(2);
      stage.mayWait = () => barrier.nWaiting === 1;
      for (let i = 0; i < tasks; i++) {
        stage.spawn("abcd"[i]!, function* () {
          const index = yield* barrier;
          stage.expect(index === 0 || index === 1, () => `arrived as number ${index}`);
          yield* sleep(0);
        });
      }
      if (assist !== null) stage.assist(() => assist(barrier));
      return function* () {
        const printed = String(barrier);
        stage.expect(printed === "<Barrier filling 0/2>", () => `left as ${printed}`);
        const both = yield* gather([barrier, barrier.wait()]);
        stage.expect(both.join() === "0,1", () => `afterwards two arrive as ${both}`);
      };
    },
  };
}

const barriers: readonly Scenario[] = [
  meeting("three come", 3, null),
  meeting("four come", 4, null),
  meeting("reset while one waits", 3, function* (barrier) {
    yield* sleep(0);
    yield* barrier.reset();
  }),
  meeting("aborted, then reset", 3, function* (barrier) {
    for (let i = 0; i < 2; i++) yield* sleep(0);
    yield* barrier.abort();
    yield* sleep(5);
    yield* barrier.reset();
  }),
];

export const meetingScenarios: readonly Scenario[] = [...conditions, ...barriers];
