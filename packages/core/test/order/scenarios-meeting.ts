import {
  Barrier,
  BrokenBarrierError,
  Condition,
  type Coroutine,
  gather,
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

const conditions: readonly Scenario[] = [
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
