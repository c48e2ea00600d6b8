/** The part of the executor contract that is about several jobs, and about coroutines that wait for them. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { cancelEverywhere } from "@yieldfrom/testing";
import { FIRST_COMPLETED, getRunningLoop, run, shield } from "yieldfrom";
import type { Executor } from "../src/executor.ts";
import { asCompleted, type Future, WorkerModuleError, wait, workerModule } from "../src/index.ts";
import type { ContractOptions } from "./executor-contract.ts";
import { Gate } from "./gate.ts";

const jobs = workerModule<typeof import("./workers/jobs.ts")>(new URL("./workers/jobs.ts", import.meta.url));

export function severalJobs(make: (options: ContractOptions) => Executor): void {
  describe("map", () => {
    test("gives awaitables, or the results, in the order of the input", async () => {
      await using executor = make({ maxWorkers: 2 });
      const sums: number[] = [];
      for (const future of executor.map(jobs.addLater, [1, 2, 3], [10, 20, 30])) sums.push(await future);
      assert.deepEqual(sums, [11, 22, 33]);
      const greetings: string[] = [];
      for await (const greeting of executor.map(jobs.greet, ["Ada", "Alan"])) greetings.push(greeting);
      assert.deepEqual(greetings, ["hello Ada", "hello Alan"]);
    });

    test("leaving early cancels the jobs that have not started", async () => {
      using gate = new Gate();
      await using executor = make({ maxWorkers: 1 });
      const taken: Future<string>[] = [];
      for (const future of executor.map(jobs.holdAt, [gate.path, gate.path, gate.path], ["a", "b", "c"])) {
        taken.push(future);
        break;
      }
      gate.open();
      await taken[0];
      await executor.shutdown();
      assert.deepEqual(gate.arrived, ["a"]);
    });
  });

  describe("map with `chunksize`", () => {
    test("gives the same, in the same order, several items a message", async () => {
      await using executor = make({ maxWorkers: 2 });
      const sums: number[] = [];
      for await (const sum of executor.map(jobs.add, [1, 2, 3, 4, 5], [10, 20, 30, 40, 50], { chunksize: 2 })) {
        sums.push(sum);
      }
      assert.deepEqual(sums, [11, 22, 33, 44, 55]);
    });

    test("an item that fails, or can't be sent back, fails alone", async () => {
      await using executor = make({ maxWorkers: 1 });
      const outcomes = await Promise.allSettled(executor.map(jobs.failFor, [2, 2, 2], [1, 2, 3], { chunksize: 3 }));
      assert.deepEqual(
        outcomes.map((outcome) => (outcome.status === "fulfilled" ? outcome.value : outcome.reason.message)),
        [1, "not 2", 3],
      );
      const mixed = await Promise.allSettled(executor.map(jobs.resultOrFunction, [1, 2, 3], { chunksize: 3 }));
      assert.deepEqual(
        mixed.map((outcome) => (outcome.status === "fulfilled" ? outcome.value : outcome.reason.name)),
        [1, "TypeError", 3],
      );
      const missing = (jobs as unknown as { notThere: typeof jobs.echo }).notThere;
      const unknowns = await Promise.allSettled(executor.map(missing, [1, 2], { chunksize: 2 }));
      for (const outcome of unknowns) {
        assert.ok(outcome.status === "rejected" && outcome.reason instanceof WorkerModuleError);
      }
    });

    test("and `buffersize` goes through an endless input, and stops where it is left", async () => {
      await using executor = make({ maxWorkers: 2 });
      let taken = 0;
      function* endless() {
        for (;;) yield taken++;
      }
      const seen: unknown[] = [];
      for await (const n of executor.map(jobs.echo, endless(), { chunksize: 3, buffersize: 2 })) {
        seen.push(n);
        if (seen.length === 10) break;
      }
      assert.deepEqual(seen, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
      assert.ok(taken <= 10 + 3 * 3, `${taken} were taken`);
    });

    test("a chunk waits until all of it is cancelled", async () => {
      using gate = new Gate();
      await using executor = make({ maxWorkers: 1 });
      const held = executor.submit(jobs.holdAt, gate.path, "held");
      const paths = [gate.path, gate.path, gate.path, gate.path];
      const all = [...executor.map(jobs.arrive, paths, ["a", "b", "c", "d"], { chunksize: 2 })];
      for (const index of [0, 2, 3]) assert.equal(all[index]?.cancel(), true);
      gate.open();
      assert.equal(await all[1], "b");
      await held;
      await executor.shutdown();
      assert.ok(!gate.arrived.includes("c") && !gate.arrived.includes("d"));
      assert.equal(all[0]?.cancelled(), true);
    });

    test("an argument that can't be sent is named", async () => {
      await using executor = make({ maxWorkers: 1 });
      assert.throws(
        () => executor.map(jobs.echo, [1, () => 1], { chunksize: 2 }),
        /^TypeError: Argument 1 of 1 for echo of .* can't be sent to a worker/,
      );
    });
  });

  describe("wait and asCompleted", () => {
    test("wait for jobs, in async functions and coroutines", async () => {
      using gate = new Gate();
      await using executor = make({ maxWorkers: 2 });
      const held = executor.submit(jobs.holdAt, gate.path, "held");
      const quick = executor.submit(jobs.echo, "quick");
      const first = await wait<Future<unknown>>([held, quick], { returnWhen: FIRST_COMPLETED });
      assert.deepEqual([[...first.done], [...first.notDone]], [[quick], [held]]);
      const results = await run(function* () {
        const results: unknown[] = [];
        for (const next of asCompleted<unknown>([held, quick])) {
          results.push(yield* next);
          gate.open();
        }
        const { done } = yield* wait<Future<unknown>>([held, quick]);
        return [...results, done.size];
      });
      assert.deepEqual(results, ["quick", "held", 2]);
    });
  });

  test("`await using` ends an executor whose block throws, after its jobs", async () => {
    let future: Future<number> | undefined;
    const block = async () => {
      await using executor = make({ maxWorkers: 1 });
      future = executor.submit(jobs.addLater, 1, 2);
      throw new Error("body");
    };
    await assert.rejects(block(), /body/);
    assert.equal(future?.result(), 3);
  });

  describe("a coroutine", () => {
    test("that is cancelled anywhere leaves nothing behind", async () => {
      await using executor = make({ maxWorkers: 1 });
      await executor.submit(jobs.nothing);
      const points = await cancelEverywhere(function* () {
        const loop = getRunningLoop();
        yield* loop.runInExecutor(executor, jobs.add, 1, 2);
        yield* executor.submit(jobs.addLater, 1, 2);
        const futures = [1, 2].map((n) => executor.submit(jobs.addLater, n, n));
        yield* wait(futures);
        for (const next of asCompleted(futures)) yield* next;
        for (const future of executor.map(jobs.addLater, [1, 2, 3], [1, 2, 3], { chunksize: 2 })) yield* future;
      });
      assert.ok(points > 8, `${points} points`);
    });

    test("that owns an executor has ended it wherever it is cancelled", async () => {
      const points = await cancelEverywhere(function* () {
        const executor = make({ maxWorkers: 1 });
        try {
          yield* executor.submit(jobs.addLater, 1, 2);
        } finally {
          yield* shield(executor.shutdown());
        }
      });
      assert.ok(points > 1);
    });
  });
}
