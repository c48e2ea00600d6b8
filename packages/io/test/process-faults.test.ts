import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import process from "node:process";
import { describe, test } from "node:test";
import { type Coroutine, createTask, getRunningLoop, isCancelled, sleep, timeout } from "yieldfrom";
import {
  BrokenPipeError,
  ConnectionResetError,
  createSubprocessExec,
  createSubprocessShell,
  PIPE,
  type Process,
  type ProcessOptions,
} from "../src/index.ts";
import { failureOf, text } from "./helpers.ts";
import { live } from "./live.ts";

/** A shell that writes "ready" when it has set its traps and its script has begun. */
function* ready(script: string, options: ProcessOptions = {}, traps = ""): Coroutine<Process> {
  const line = `${traps}echo ready; ${script}`;
  const child = yield* createSubprocessExec("sh", ["-c", line], { stdout: PIPE, ...options });
  assert.equal(yield* text(child.stdout!.readLine()), "ready\n");
  return child;
}

/** Ignored signals stay ignored by the program that takes the shell's place. */
function deaf(options: ProcessOptions = {}): Coroutine<Process> {
  return ready("exec sleep 1000", options, "trap '' TERM; ");
}

/** Whether it has ended. One that is not our own child may stay a zombie for long, if whoever took it over is slow. */
function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform === "linux" && readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ");
  } catch {
    return true;
  }
}

/** The process ids that a process writes, one a line. */
function* readPid(child: Process): Coroutine<number> {
  return Number(yield* text(child.stdout!.readLine()));
}

describe("a process that dies at once", () => {
  test("is seen, and its pipes end", async () => {
    await live(function* () {
      const options = { stdin: PIPE, stdout: PIPE, stderr: PIPE };
      for (let i = 0; i < 20; i++) {
        const child = yield* createSubprocessExec("true", [], options);
        assert.equal(yield* child.wait(), 0);
        assert.equal((yield* child.stdout.read()).length, 0);
        assert.equal((yield* child.stderr.read()).length, 0);
      }
    });
  });

  test("does not read its input, which is no error of communicate()", async () => {
    await live(function* () {
      const child = yield* createSubprocessExec("true", [], { stdin: PIPE, stdout: PIPE });
      assert.deepEqual(yield* child.communicate(Buffer.alloc(1_000_000)), [Buffer.alloc(0), null]);
      assert.equal(child.returnCode, 0);
    });
  });
});

describe("a process that closes its stdin", () => {
  test("makes drain() fail", async () => {
    await live(function* () {
      using child = yield* ready("exec <&-; echo closed; exec sleep 1000", { stdin: PIPE });
      yield* child.stdout!.readLine();
      yield* failureOf(fill(child));
      assert.ok((yield* failureOf(child.stdin!.waitClosed())) instanceof BrokenPipeError);
      assert.ok((yield* failureOf(child.stdin!.drain())) instanceof ConnectionResetError);
      yield* child.stop();
    });
  });

  test("is no error of communicate()", async () => {
    await live(function* () {
      const child = yield* ready("exec <&-; echo end", { stdin: PIPE });
      assert.equal((yield* child.communicate(Buffer.alloc(1_000_000)))[0]!.toString(), "end\n");
    });
  });

  test("by ending, while much is on its way", async () => {
    await live(function* () {
      const child = yield* ready("read line", { stdin: PIPE });
      yield* failureOf(fill(child));
      assert.ok((yield* failureOf(child.stdin!.waitClosed())) instanceof BrokenPipeError);
      assert.equal(yield* child.wait(), 0);
    });
  });
});

/** Writes until it can't. */
function* fill(child: Process): Coroutine<never> {
  for (;;) {
    child.stdin!.write(Buffer.alloc(100_000, "\n"));
    yield* child.stdin!.drain();
  }
}

describe("a process that writes without end", () => {
  test("is made to wait while nobody reads", async () => {
    await live(function* () {
      using child = yield* createSubprocessExec("yes", [], { stdout: PIPE, limit: 10_000 });
      const reader = child.stdout;
      yield* reader.readLine();
      while (!`${reader}`.includes("paused")) yield* sleep(1);
      const before = `${reader}`;
      for (let i = 0; i < 20; i++) yield* sleep(1);
      assert.equal(`${reader}`, before);
      // Twice the limit, and the chunk that went past it.
      assert.ok(Number(/(\d+) bytes/.exec(before)![1]) <= 20_000 + 2 * 65_536, before);
      assert.equal((yield* reader.readExactly(1_000_000)).length, 1_000_000);
      assert.equal(yield* child.stop(), -15);
    });
  });

  test("and ends: what it wrote waits until it is read", async () => {
    await live(function* () {
      const options = { stdout: PIPE, limit: 1000 };
      const child = yield* createSubprocessExec("head", ["-c", "30000", "/dev/zero"], options);
      const ended = createTask(child.wait());
      while (child.returnCode === null) yield* sleep(1);
      assert.ok(!ended.done());
      assert.equal((yield* child.stdout.read()).length, 30_000);
      assert.equal(yield* ended, 0);
    });
  });
});

describe("a process whose child keeps its pipes open", () => {
  test("has ended, but wait() waits for the pipe, as in asyncio", async () => {
    await live(function* () {
      const child = yield* createSubprocessShell("sleep 1000 & echo $!", { stdout: PIPE });
      const grandchild = yield* readPid(child);
      const ended = createTask(child.wait());
      while (child.returnCode === null) yield* sleep(1);
      assert.ok(!ended.done());
      assert.equal(yield* child.wait(), 0);
      process.kill(grandchild);
      assert.equal(yield* ended, 0);
      assert.equal((yield* child.stdout.read()).length, 0);
    });
  });

  test("is not waited for by stop() for longer than the grace", async () => {
    await live(function* () {
      const child = yield* createSubprocessShell("sleep 1000 & echo $!", { stdout: PIPE });
      const grandchild = yield* readPid(child);
      while (child.returnCode === null) yield* sleep(1);
      assert.equal(yield* child.stop({ grace: 20 }), 0);
      assert.ok(!isGone(grandchild));
      process.kill(grandchild);
    });
  });

  test("ends with it, if it leads a session", async () => {
    await live(function* () {
      const options = { stdout: PIPE, startNewSession: true };
      const child = yield* createSubprocessShell("sleep 1000 & echo $!; sleep 1000", options);
      const grandchild = yield* readPid(child);
      assert.equal(yield* child.stop(), -15);
      while (!isGone(grandchild)) yield* sleep(1);
    });
  });

  test("ends with it, if it leads a session and its child ignores SIGTERM", async () => {
    await live(function* () {
      const options = { stdout: PIPE, startNewSession: true };
      const line = "(trap '' TERM; exec sleep 1000) & echo $!; sleep 0.05; sleep 1000";
      const child = yield* createSubprocessShell(line, options);
      const grandchild = yield* readPid(child);
      yield* child.stop({ grace: 200 });
      while (!isGone(grandchild)) yield* sleep(1);
    });
  });
});

describe("stop()", () => {
  test("asks with SIGTERM", async () => {
    await live(function* () {
      const child = yield* ready("while :; do sleep 0.01; done", {}, "trap 'echo bye; exit 3' TERM; ");
      const rest = createTask(child.stdout!.read());
      assert.equal(yield* child.stop(), 3);
      assert.equal((yield* rest).toString(), "bye\n");
    });
  });

  test("or with another signal", async () => {
    await live(function* () {
      const child = yield* ready("exec sleep 1000");
      assert.equal(yield* child.stop({ signal: "SIGINT" }), -2);
    });
  });

  test("kills what does not end in the grace", async () => {
    await live(function* () {
      const child = yield* deaf();
      assert.equal(yield* child.stop({ grace: 20 }), -9);
    });
  });

  test("does not wait for output that nobody reads", async () => {
    await live(function* () {
      for (let i = 0; i < 5; i++) {
        const child = yield* createSubprocessExec("yes", [], { stdout: PIPE });
        yield* child.stdout.readLine();
        assert.equal(yield* child.stop({ grace: 100_000 }), -15);
      }
    });
  });

  test("is over at once for one that has ended", async () => {
    await live(function* () {
      const child = yield* createSubprocessShell("exit 4");
      yield* child.wait();
      assert.equal(yield* child.stop(), 4);
      assert.equal(yield* child.stop(), 4);
    });
  });

  test("may be asked twice at a time", async () => {
    await live(function* () {
      const child = yield* deaf();
      const first = createTask(child.stop({ grace: 20 }));
      assert.equal(yield* child.stop({ grace: 100_000 }), -9);
      assert.equal(yield* first, -9);
    });
  });

  test("when cancelled, leaves nothing behind", async () => {
    await live(function* () {
      const child = yield* deaf();
      const stopping = createTask(child.stop({ grace: 100_000 }));
      yield* sleep(1);
      stopping.cancel();
      assert.ok(isCancelled(yield* failureOf(stopping)));
      assert.equal(child.returnCode, -9);
      assert.ok(isGone(child.pid));
    });
  });
});

describe("cancelling who waits", () => {
  for (const how of ["wait", "communicate"] as const) {
    test(`${how}() leaves the process as it is, as in asyncio`, async () => {
      await live(function* () {
        using child = yield* createSubprocessExec("sleep", ["1000"], { stdin: PIPE, stdout: PIPE });
        const task = createTask<unknown>(child[how]());
        yield* sleep(1);
        task.cancel();
        assert.ok(isCancelled(yield* failureOf(task)));
        assert.equal(child.returnCode, null);
        yield* child.stop();
      });
    });

    test(`${how}() with killOnCancel ends it politely`, async () => {
      await live(function* () {
        const options = { stdin: PIPE, stdout: PIPE, killOnCancel: true };
        const child = yield* ready("exec sleep 1000", options);
        const task = createTask<unknown>(child[how]());
        yield* sleep(1);
        task.cancel();
        assert.ok(isCancelled(yield* failureOf(task)));
        assert.equal(child.returnCode, -15);
      });
    });

    test(`${how}() with killOnCancel ends it firmly after the grace`, async () => {
      await live(function* () {
        const child = yield* deaf({ stdin: PIPE, killOnCancel: { signal: "SIGTERM", grace: 20 } });
        const error = yield* failureOf(timeout(10, () => child[how]() as Coroutine<unknown>));
        assert.equal((error as Error).name, "TimeoutError");
        assert.equal(child.returnCode, -9);
      });
    });
  }

  test("an AbortSignal ends it", async () => {
    await live(function* () {
      const controller = new AbortController();
      const child = yield* ready("exec sleep 1000", { signal: controller.signal });
      getRunningLoop().callSoon(() => controller.abort());
      assert.equal(yield* child.wait(), -15);
      const stubborn = new AbortController();
      const deafOne = yield* deaf({ signal: stubborn.signal, killOnCancel: { grace: 20 } });
      stubborn.abort();
      assert.equal(yield* deafOne.wait(), -9);
      const other = yield* createSubprocessExec("true", [], { signal: new AbortController().signal });
      assert.equal(yield* other.wait(), 0);
    });
  });
});
