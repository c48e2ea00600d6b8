import { type Awaitable, from, getRunningLoop, TimeoutError, timeout } from "yieldfrom";
import type { Scenario } from "./explore.ts";

/** A promise whose callbacks are called at once, as the host calls a promise's on an empty stack. */
class Prompt<T> implements PromiseLike<T> {
  private readonly _waiting: { ok: (value: T) => unknown; failed: (error: unknown) => unknown }[] = [];

  // biome-ignore lint/suspicious/noThenProperty: being thenable is the point
  then<A = T, B = never>(
    ok?: ((value: T) => A | PromiseLike<A>) | null,
    failed?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): PromiseLike<A | B> {
    this._waiting.push({ ok: ok ?? (() => {}), failed: failed ?? (() => {}) });
    return this as unknown as PromiseLike<A | B>;
  }

  resolve(value: T): void {
    for (const { ok } of this._waiting.splice(0)) ok(value);
  }

  reject(error: unknown): void {
    for (const { failed } of this._waiting.splice(0)) failed(error);
  }
}

const shared: Scenario = {
  name: "from() of one promise, awaited by three",
  make(stage) {
    const promise = new Prompt<number>();
    const got: string[] = [];
    for (const name of ["a", "b", "c"]) {
      stage.spawn(name, function* () {
        stage.expect((yield* from(promise)) === 5, () => "it gave another value");
        got.push(name);
      });
    }
    getRunningLoop().callLater(1, () => promise.resolve(5));
    return () => {
      for (const name of stage.tasks.keys()) {
        const times = got.filter((one) => one === name).length;
        const right = times === 1 || (times === 0 && stage.wasCut(name));
        stage.expect(right, () => `${name} went on ${times} times`);
      }
    };
  },
};

/** Something outside that is to be stopped when nobody waits for it any more. */
class Outside {
  /** How many operations are under way. */
  open = 0;
  /** How many were stopped before their end. */
  stopped = 0;
  private readonly _failsToStop: boolean;

  constructor(failsToStop: boolean) {
    this._failsToStop = failsToStop;
  }

  /** Ends after 2 ms. */
  readonly operation = (signal: AbortSignal): PromiseLike<string> => {
    const promise = new Prompt<string>();
    let over = false;
    this.open++;
    const timer = getRunningLoop().callLater(2, () => {
      over = true;
      this.open--;
      promise.resolve("done");
    });
    signal.addEventListener("abort", () => {
      if (over) return;
      over = true;
      this.open--;
      this.stopped++;
      timer.cancel();
      promise.reject(this._failsToStop ? new RangeError("could not stop") : signal.reason);
    });
    return promise;
  };
}

function operations(
  what: string,
  failsToStop: boolean,
  body: (operation: (signal: AbortSignal) => PromiseLike<string>) => Awaitable<string>,
): Scenario {
  return {
    name: `from() of an operation${what}`,
    errors: [TimeoutError],
    make(stage) {
      let stopped = 0;
      stage.mayReport = (exception) => failsToStop && exception instanceof RangeError;
      for (const name of ["a", "b"]) {
        stage.spawn(name, function* () {
          const outside = new Outside(failsToStop);
          try {
            stage.expect((yield* body(outside.operation)) === "done", () => "it gave another value");
            stage.expect(outside.stopped === 0, () => "it was stopped, and gave a value");
          } finally {
            stage.expect(outside.open === 0, () => `the operation of ${name} goes on`);
            stopped += outside.stopped;
          }
        });
      }
      return () => {
        const expected = failsToStop ? stopped : 0;
        stage.expect(stage.reports.length === expected, () => `${stage.reports.length} reports, not ${expected}`);
      };
    },
  };
}

/** What comes from Promises and from operations that obey an AbortSignal. */
export const outsideScenarios: readonly Scenario[] = [
  shared,
  operations("", false, (operation) => from(operation)),
  operations(" that fails when it is stopped", true, (operation) => from(operation)),
  operations(" within a timeout", false, (operation) => timeout(2, () => from(operation))),
];
