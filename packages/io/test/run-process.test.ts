import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createTask, isCancelled, sleep, TimeoutError, timeout } from "yieldfrom";
import { CalledProcessError, FileNotFoundError, PIPE, runProcess, STDOUT, TimeoutExpired } from "../src/index.ts";
import { failureOf } from "./helpers.ts";
import { live } from "./live.ts";

describe("runProcess()", () => {
  test("gives what the program wrote, and its return code", async () => {
    await live(function* () {
      const done = yield* runProcess("sh", ["-c", "echo out; echo err >&2; exit 3"]);
      assert.deepEqual(done.args, ["sh", "-c", "echo out; echo err >&2; exit 3"]);
      assert.equal(done.returnCode, 3);
      assert.deepEqual([done.stdout, done.stderr], [Buffer.from("out\n"), Buffer.from("err\n")]);
    });
  });

  test("gives strings, if asked", async () => {
    await live(function* () {
      const { stdout, stderr } = yield* runProcess("printf", ["gr\u00fcn"], { text: true });
      assert.deepEqual([stdout.toUpperCase(), stderr], ["GR\u00dcN", ""]);
    });
  });

  test("sends the input; without one stdin is empty", async () => {
    await live(function* () {
      const input = Buffer.alloc(1_000_000, "x");
      assert.deepEqual((yield* runProcess("cat", [], { input })).stdout, input);
      assert.deepEqual((yield* runProcess("cat")).stdout, Buffer.alloc(0));
      assert.deepEqual((yield* runProcess("cat", [], { input: "" })).stdout, Buffer.alloc(0));
      assert.equal((yield* runProcess("true", [], { input })).returnCode, 0);
    });
    assert.throws(() => runProcess("cat", [], { input: "x", stdin: PIPE }), {
      name: "TypeError",
      message: "runProcess() takes `input` or `stdin`, and was given both",
    });
  });

  test("captures what is not sent elsewhere", async () => {
    await live(function* () {
      const script = "echo out; echo err >&2";
      const both = yield* runProcess("sh", ["-c", script], { stderr: STDOUT, text: true });
      assert.deepEqual([both.stdout, both.stderr], ["out\nerr\n", ""]);
    });
  });

  test("with `check` an error says how it ended, and what it complained of", async () => {
    await live(function* () {
      const run = (script: string) => failureOf(runProcess("sh", ["-c", script], { check: true, text: true }));
      const error = yield* run("echo some; for i in 1 2 3 4 5; do echo line $i >&2; done; exit 3");
      assert.ok(error instanceof CalledProcessError);
      assert.equal(error.message, "sh ended with the return code 3: line 3\nline 4\nline 5");
      assert.deepEqual([error.returnCode, error.stdout, error.code], [3, "some\n", "ERR_CALLED_PROCESS"]);
      assert.equal(((yield* run("kill -9 $$")) as Error).message, "sh was ended by SIGKILL");
      assert.equal((yield* runProcess("true", [], { check: true })).returnCode, 0);
    });
  });

  test("fails if the program can't be started", async () => {
    await live(function* () {
      assert.ok((yield* failureOf(runProcess("no-such-program"))) instanceof FileNotFoundError);
    });
  });

  test("ends it when the time is over, and gives what it has written", async () => {
    await live(function* () {
      const script = "trap 'echo bye; exit 1' TERM; echo hello; while :; do sleep 0.01; done";
      const error = yield* failureOf(runProcess("sh", ["-c", script], { timeout: 100, text: true }));
      assert.ok(error instanceof TimeoutExpired && error instanceof TimeoutError);
      assert.equal(error.message, "sh was ended, as the 100 ms it was given ran out");
      assert.deepEqual([error.stdout, error.timeout, error.code], ["hello\nbye\n", 100, "ERR_TIMEOUT_EXPIRED"]);
    });
  });

  test("ends it firmly if it does not obey", async () => {
    await live(function* () {
      const script = "trap '' TERM; exec sleep 1000";
      const options = { timeout: 50, stop: { grace: 20 } };
      const error = yield* failureOf(runProcess("sh", ["-c", script], options));
      assert.ok(error instanceof TimeoutExpired);
    });
  });

  test("does not wait for a grandchild when the time is over", async () => {
    await live(function* () {
      const options = { timeout: 50, stop: { grace: 20 }, text: true } as const;
      const error = yield* failureOf(runProcess("sh", ["-c", "sleep 1 & echo started"], options));
      assert.ok(error instanceof TimeoutExpired);
      assert.equal(error.stdout, "started\n");
    });
  });

  test("when cancelled, ends it first", async () => {
    await live(function* () {
      const task = createTask(runProcess("sleep", ["1000"]));
      yield* sleep(5);
      task.cancel();
      assert.ok(isCancelled(yield* failureOf(task)));
      const outer = yield* failureOf(timeout(10, () => runProcess("sleep", ["1000"], { timeout: 100_000 })));
      assert.ok(outer instanceof TimeoutError && !(outer instanceof TimeoutExpired));
    });
  });

  test("obeys an AbortSignal, and throws its reason", async () => {
    await live(function* () {
      const signal = AbortSignal.timeout(20);
      const error = yield* failureOf(runProcess("sleep", ["1000"], { signal }));
      assert.equal(error, signal.reason);
    });
  });
});
