import assert from "node:assert/strict";
import { test } from "node:test";
import { type Coroutine, coroutine, createTask, getRunningLoop, sleep } from "yieldfrom";
import { virtual } from "../helpers.ts";

/** Every level of a nest of three is a plain generator or a `coroutine()`. */
type Wrap = (fn: () => Coroutine<string>) => () => Coroutine<string>;
const kinds: readonly (readonly [string, Wrap])[] = [
  ["plain", (fn) => fn],
  ["coroutine()", (fn) => coroutine(fn)],
];

for (const [outerName, outerWrap] of kinds) {
  for (const [middleName, middleWrap] of kinds) {
    for (const [innerName, innerWrap] of kinds) {
      const nest = `${outerName} > ${middleName} > ${innerName}`;

      /** Each level waits while it cleans up, and notes when it was done with it. */
      const build = (log: string[], end: (level: string) => void): (() => Coroutine<string>) => {
        const inner = innerWrap(function* inner(): Coroutine<string> {
          try {
            yield* sleep(1000);
            return "whole";
          } finally {
            yield* sleep(10);
            yield* sleep(0);
            log.push(`inner at ${getRunningLoop().time()}`);
            end("inner");
          }
        });
        const middle = middleWrap(function* middle(): Coroutine<string> {
          try {
            return yield* inner();
          } finally {
            yield* helper();
            log.push(`middle at ${getRunningLoop().time()}`);
            end("middle");
          }
        });
        const helper = middleWrap(function* helper(): Coroutine<string> {
          yield* sleep(100);
          return "helped";
        });
        return outerWrap(function* outer(): Coroutine<string> {
          try {
            return yield* middle();
          } finally {
            log.push(`outer at ${getRunningLoop().time()}`);
            end("outer");
          }
        });
      };

      test(`cancelled, each level cleans up by waiting, innermost first: ${nest}`, () => {
        virtual(function* () {
          const log: string[] = [];
          const task = createTask(build(log, () => {})());
          yield* sleep(1);
          task.cancel("stop");
          let message = "";
          try {
            yield* task;
          } catch (error) {
            message = (error as Error).message;
          }
          assert.equal(message, "stop");
          assert.equal(task.cancelled(), true);
          assert.deepEqual(log, ["inner at 11", "middle at 111", "outer at 111"]);
        });
      });

      test(`left alone, the clean-ups run and the result is kept: ${nest}`, () => {
        virtual(function* () {
          const log: string[] = [];
          assert.equal(yield* build(log, () => {})(), "whole");
          assert.deepEqual(log, ["inner at 1010", "middle at 1110", "outer at 1110"]);
        });
      });

      test(`an error in a clean-up replaces the cancellation, and the outer levels clean up: ${nest}`, () => {
        virtual(function* () {
          const failure = new Error("broken clean-up");
          const log: string[] = [];
          const task = createTask(
            build(log, (level) => {
              if (level === "inner") throw failure;
            })(),
          );
          yield* sleep(1);
          task.cancel();
          let thrown: unknown;
          try {
            yield* task;
          } catch (error) {
            thrown = error;
          }
          assert.equal(thrown, failure);
          assert.deepEqual(log, ["inner at 11", "middle at 111", "outer at 111"]);
        });
      });

      test(`a second cancellation cuts a waiting clean-up short: ${nest}`, () => {
        virtual(function* () {
          const log: string[] = [];
          const task = createTask(build(log, () => {})());
          yield* sleep(1);
          task.cancel("first");
          yield* sleep(5);
          task.cancel("second");
          let message = "";
          try {
            yield* task;
          } catch (error) {
            message = (error as Error).message;
          }
          assert.equal(message, "second");
          assert.deepEqual(log, ["middle at 106", "outer at 106"]);
        });
      });
    }
  }
}
