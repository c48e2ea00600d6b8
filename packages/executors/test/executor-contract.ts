/**
 * What every executor promises. A test file calls `executorContract("ThreadPoolExecutor", (options) => new …)`; jobs
 * are held at a Gate rather than timed.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import { CancelledError, InvalidStateError, RuntimeError, run } from "yieldfrom";
import type { Executor } from "../src/executor.ts";
import { type Future, WorkerModuleError, workerModule } from "../src/index.ts";
import { Gate } from "./gate.ts";
import { severalJobs } from "./several-contract.ts";

export interface ContractOptions {
  readonly maxWorkers: number;
}

const jobs = workerModule<typeof import("./workers/jobs.ts")>(new URL("./workers/jobs.ts", import.meta.url));
const broken = workerModule<typeof import("./workers/broken.ts")>(new URL("./workers/broken.ts", import.meta.url));

/** What a plain JavaScript caller could write; the types refuse it. */
function loosely(executor: Executor): { submit(fn: unknown, ...args: unknown[]): Future<unknown> } {
  return executor as never;
}

export function executorContract(name: string, make: (options: ContractOptions) => Executor): void {
  describe(`${name} keeps the executor contract:`, () => {
    describe("outcomes", () => {
      test("a job runs elsewhere and gives its result", async () => {
        await using executor = make({ maxWorkers: 1 });
        const future = executor.submit(jobs.add, 1, 2);
        assert.throws(() => future.result(), InvalidStateError);
        assert.equal(await future, 3);
        assert.equal(future.result(), 3);
        assert.equal(future.exception(), null);
        assert.equal(future.state, "FINISHED");
        assert.notEqual(await executor.submit(jobs.where), `${process.pid}/0`);
      });

      test("an async function's result, optional parameters, no result", async () => {
        await using executor = make({ maxWorkers: 2 });
        const outcomes = [
          executor.submit(jobs.addLater, 20, 22),
          executor.submit(jobs.greet, "Ada"),
          executor.submit(jobs.greet, "Ada", "bye"),
          executor.submit(jobs.nothing),
        ];
        assert.deepEqual(await Promise.all(outcomes), [42, "hello Ada", "bye Ada", undefined]);
      });

      test("an error comes with its name, message, worker's stack, cause and own properties", async () => {
        await using executor = make({ maxWorkers: 1 });
        await assert.rejects(Promise.resolve(executor.submit(jobs.fail, 7)), (error: Error & { item?: unknown }) => {
          assert.ok(error instanceof RangeError);
          assert.equal(error.name, "ShopError");
          assert.equal(error.message, "no item 7");
          assert.match(error.stack ?? "", /no item 7\n.*at fail \(.*jobs\.ts/);
          assert.ok(error.cause instanceof TypeError);
          assert.equal(error.cause.message, "the shelf is empty");
          assert.deepEqual(Object.keys(error).sort(), ["code", "item", "name"]);
          assert.deepEqual(error.item, { id: 7 });
          return true;
        });
      });

      test("a system error keeps code, errno, syscall and path", async () => {
        await using executor = make({ maxWorkers: 1 });
        const future = executor.submit(jobs.readMissing, "/nowhere/at-all");
        const expected = { code: "ENOENT", syscall: "open", path: "/nowhere/at-all" };
        await assert.rejects(Promise.resolve(future), expected);
        assert.equal((future.exception() as NodeJS.ErrnoException).errno, -2);
      });

      test("a result that can't be sent back fails its job only", async () => {
        await using executor = make({ maxWorkers: 1 });
        await assert.rejects(Promise.resolve(executor.submit(jobs.returnFunction)), (error: Error) => {
          assert.ok(error instanceof TypeError);
          assert.match(error.message, /^returnFunction of file:.* returned something that can't be sent back/);
          return true;
        });
        await assert.rejects(
          Promise.resolve(executor.submit(jobs.countUp, 3)),
          /a coroutine can't cross.*return run\(/,
        );
        assert.equal(await executor.submit(jobs.add, 1, 1), 2);
      });

      test("a name that the module doesn't export, or no function: the names it does export", async () => {
        await using executor = make({ maxWorkers: 1 });
        const wrong = jobs as unknown as { notThere: typeof jobs.add; notAFunction: typeof jobs.add };
        const missing = executor.submit(wrong.notThere, 1, 2);
        await assert.rejects(Promise.resolve(missing), (error: Error) => {
          assert.ok(error instanceof WorkerModuleError);
          assert.match(error.message, /^notThere is not exported by file:.*jobs\.ts\. Its functions: .*\badd\b/);
          return true;
        });
        const value = executor.submit(wrong.notAFunction, 1, 2);
        await assert.rejects(Promise.resolve(value), /^WorkerModuleError: notAFunction is 42, not a function/);
      });

      test("a module that fails to load", async () => {
        await using executor = make({ maxWorkers: 1 });
        await assert.rejects(Promise.resolve(executor.submit(broken.never)), (error: Error) => {
          assert.ok(error instanceof WorkerModuleError);
          assert.match(error.message, /broken\.ts could not be loaded.*Error: this module is broken/);
          assert.equal((error.cause as Error).message, "this module is broken");
          return true;
        });
      });

      test("a done callback is called in the step that settles, or at once", async () => {
        await using executor = make({ maxWorkers: 1 });
        const future = executor.submit(jobs.add, 2, 3);
        const seen: unknown[] = [];
        future.addDoneCallback((done) => seen.push(done.result()));
        await future;
        future.addDoneCallback((done) => seen.push(done === future));
        assert.deepEqual(seen, [5, true]);
      });
    });

    describe("arguments", () => {
      test("are copied at the call", async () => {
        await using executor = make({ maxWorkers: 1 });
        const bytes = new Uint8Array([1, 2, 3]);
        const point = { x: 1 };
        const futures = [executor.submit(jobs.nothing), executor.submit(jobs.reverse, bytes)];
        const echoed = executor.submit(jobs.echo, point);
        bytes.fill(9);
        point.x = 9;
        await Promise.all(futures);
        assert.deepEqual(futures[1]?.result(), new Uint8Array([3, 2, 1]));
        assert.deepEqual(await echoed, { x: 1 });
        assert.equal(bytes.length, 3, "the caller's own buffer is still there");
      });

      test("one that can't be copied is named by its position, and nothing was submitted", async () => {
        await using executor = make({ maxWorkers: 1 });
        assert.throws(
          () => executor.submit(jobs.echo, () => 1),
          /^TypeError: Argument 1 of 1 for echo of file:.*jobs\.ts can't be sent to a worker: .*could not be cloned/,
        );
        assert.throws(() => loosely(executor).submit(jobs.add, 1, Symbol("s")), /^TypeError: Argument 2 of 2 for add/);
        assert.equal(await executor.submit(jobs.add, 1, 1), 2);
      });

      test("a function itself is refused, with the lines to write instead", async () => {
        await using executor = make({ maxWorkers: 1 });
        const saveFlag = () => 1;
        assert.throws(
          () => loosely(executor).submit(saveFlag),
          (error: Error) => {
            assert.ok(error instanceof TypeError);
            assert.match(error.message, /was given the function saveFlag\. A function can't cross to a worker/);
            assert.match(error.message, /export function saveFlag\(…\) \{ … \}/);
            assert.match(error.message, /workerModule<typeof import\("\.\/files\.ts"\)>\(new URL\(/);
            assert.match(error.message, /executor\.submit\(files\.saveFlag, …\);/);
            return true;
          },
        );
        assert.throws(() => loosely(executor).submit(() => 1), /an anonymous function.*executor\.submit\(files\.work/s);
        assert.throws(() => loosely(executor).submit(Promise.resolve(1)), /got Promise.*Did you call the function\?/);
        assert.throws(() => loosely(executor).submit("saveFlag"), /^TypeError: Expected a function of a workerModule/);
      });
    });

    describe("the queue", () => {
      test("as many jobs as workers run at a time, the others wait, in order", async () => {
        using gate = new Gate();
        await using executor = make({ maxWorkers: 2 });
        const futures = ["a", "b", "c", "d"].map((job) => executor.submit(jobs.holdAt, gate.path, job));
        await gate.arrivals(2);
        assert.deepEqual(
          futures.map((future) => future.state),
          ["RUNNING", "RUNNING", "PENDING", "PENDING"],
        );
        assert.deepEqual(gate.arrived.toSorted(), ["a", "b"]);
        gate.open();
        assert.deepEqual(await Promise.all(futures), ["a", "b", "c", "d"]);
      });

      test("one worker runs them first in, first out", async () => {
        using gate = new Gate();
        await using executor = make({ maxWorkers: 1 });
        const names = ["a", "b", "c", "d", "e"];
        await Promise.all(names.map((job) => executor.submit(jobs.arrive, gate.path, job)));
        assert.deepEqual(gate.arrived, names);
      });

      test("a queued job can be cancelled and never runs", async () => {
        using gate = new Gate();
        await using executor = make({ maxWorkers: 1 });
        const held = executor.submit(jobs.holdAt, gate.path, "held");
        const queued = executor.submit(jobs.arrive, gate.path, "queued");
        const last = executor.submit(jobs.arrive, gate.path, "last");
        assert.deepEqual([queued.cancel(), queued.cancel()], [true, true]);
        assert.equal(queued.cancelled(), true);
        assert.equal(queued.state, "CANCELLED_AND_NOTIFIED");
        await assert.rejects(Promise.resolve(queued), CancelledError);
        gate.open();
        await Promise.all([held, last]);
        assert.deepEqual(gate.arrived, ["held", "last"]);
      });

      test("a running job can't be cancelled and finishes", async () => {
        using gate = new Gate();
        await using executor = make({ maxWorkers: 1 });
        const future = executor.submit(jobs.holdAt, gate.path, "job");
        await gate.arrivals(1);
        assert.equal(future.running(), true);
        assert.equal(future.cancel(), false);
        gate.open();
        assert.equal(await future, "job");
        assert.equal(future.cancel(), false);
      });
    });

    severalJobs(make);

    describe("shutdown", () => {
      test("is waited for with yield* too, and `using` does not wait", async () => {
        const executor = make({ maxWorkers: 1 });
        const future = executor.submit(jobs.add, 1, 2);
        await run(function* () {
          yield* executor.shutdown();
        });
        assert.equal(future.result(), 3);
        const other = make({ maxWorkers: 1 });
        let left: Future<number>;
        {
          using inBlock = other;
          left = inBlock.submit(jobs.add, 3, 4);
        }
        assert.equal(left.done(), false);
        assert.equal(await left, 7);
        await other.shutdown();
      });

      test("one waiter that is cancelled leaves the others waiting", async () => {
        using gate = new Gate();
        const executor = make({ maxWorkers: 1 });
        const held = executor.submit(jobs.holdAt, gate.path, "held");
        const [one, other] = [executor.shutdown(), executor.shutdown()];
        assert.equal(one.cancel(), true);
        gate.open();
        await other;
        assert.equal(held.result(), "held");
      });

      test("waits for running and queued jobs, and may be repeated", async () => {
        using gate = new Gate();
        const executor = make({ maxWorkers: 1 });
        const futures = ["a", "b"].map((job) => executor.submit(jobs.holdAt, gate.path, job));
        await gate.arrivals(1);
        const stopped = Promise.all([executor.shutdown(), executor.shutdown()]);
        gate.open();
        await stopped;
        assert.deepEqual(
          futures.map((future) => future.result()),
          ["a", "b"],
        );
      });

      test("of an executor that never had a job", async () => {
        const executor = make({ maxWorkers: 1 });
        await executor.shutdown();
        await executor.shutdown({ wait: false, cancelFutures: true });
        assert.throws(() => executor.submit(jobs.nothing), RuntimeError);
      });

      test("cancelFutures cancels what has not started", async () => {
        using gate = new Gate();
        const executor = make({ maxWorkers: 1 });
        const [held, queued] = ["held", "queued"].map((job) => executor.submit(jobs.holdAt, gate.path, job));
        await gate.arrivals(1);
        const stopped = executor.shutdown({ cancelFutures: true });
        assert.equal(queued?.cancelled(), true);
        assert.equal(held?.running(), true);
        gate.open();
        await stopped;
        assert.equal(held?.result(), "held");
        assert.deepEqual(gate.arrived, ["held"]);
      });

      test("wait: false returns at once, and the jobs go on", async () => {
        using gate = new Gate();
        const executor = make({ maxWorkers: 1 });
        const future = executor.submit(jobs.holdAt, gate.path, "job");
        await gate.arrivals(1);
        await executor.shutdown({ wait: false });
        assert.equal(future.running(), true);
        gate.open();
        assert.equal(await future, "job");
        await executor.shutdown();
      });

      test("submit afterwards is refused, naming both", async () => {
        const executor = make({ maxWorkers: 1 });
        await executor.shutdown();
        assert.throws(
          () => executor.submit(jobs.add, 1, 2),
          (error: Error) => {
            assert.ok(error instanceof RuntimeError);
            assert.ok(error.message.includes(executor.name), error.message);
            assert.match(error.message, /was given add of file:.*jobs\.ts after its shutdown/);
            return true;
          },
        );
        assert.match(inspect(executor), /shutdown/);
      });

      test("a body that throws inside `await using` still waits for its jobs", async () => {
        using gate = new Gate();
        let future: Future<string> | undefined;
        const body = async () => {
          await using executor = make({ maxWorkers: 1 });
          future = executor.submit(jobs.holdAt, gate.path, "job");
          await gate.arrivals(1);
          setImmediate(() => gate.open());
          throw new Error("the body");
        };
        await assert.rejects(body(), /the body/);
        assert.equal(future?.result(), "job");
      });
    });
  });
}
