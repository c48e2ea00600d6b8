import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { runProgram } from "./child.ts";

const interrupted = (...ways: string[]) => runProgram("interrupted", ways);
const stuck = (...args: string[]) => runProgram("stuck", args);
const keyboardInterrupt = "KeyboardInterrupt ERR_KEYBOARD_INTERRUPT: interrupted by Ctrl-C";

suite("Ctrl-C", { concurrency: 2 }, () => {
  test("the first cancels the main of every run, whose clean-up runs, and is for the main to answer", async () => {
    const { code, stdout, stderr } = await interrupted(
      "once",
      "swallowed",
      "answered by another error",
      "several runs",
      "a handler of the loop's",
      "own handler",
    );
    assert.deepEqual(stdout.trim().split("\n"), [
      "cleaned up",
      keyboardInterrupt,
      "listeners 0",
      "value went on",
      "RangeError undefined: could not save",
      keyboardInterrupt,
      keyboardInterrupt,
      keyboardInterrupt,
      "listeners 0",
      // In its place while it is there.
      "shuts down",
      keyboardInterrupt,
      "listeners 0",
      // A handler of the user's own takes precedence, and is left alone.
      "value undisturbed",
      "heard 1, listeners 1",
    ]);
    assert.deepEqual([code, stderr], [0, ""]);
  });

  test("the second ends the process as SIGINT does, though two mains are busy and refuse", async () => {
    const { signal, stdout } = await interrupted("twice, while two runs refuse and never wait for the host");
    assert.equal(signal, "SIGINT");
    // Each of the two hears of the second press at most, where that ends the process a little later, as on Deno.
    assert.match(stdout, /^(refused\n){1,4}$/);
  });

  test("between two runs it ends the process", async () => {
    const { signal, stdout } = await interrupted("between two runs");
    assert.deepEqual([signal, stdout], ["SIGINT", ""]);
  });
});

suite("a program that can never go on ends with code 1 and a report", { concurrency: 2 }, () => {
  const report = /DeadlockError: nothing can ever run again, and main \(Task 'Task-\d+' \(.*\)\) is not done/;

  test("when its other runs have ended", async () => {
    const { code, stdout, stderr } = await stuck("beside another run");
    assert.equal(code, 1, stderr);
    assert.equal(stdout, "the other ended\n");
    assert.match(stderr, report);
    assert.match(
      stderr,
      /\n {2}<Task pending name='stuck' coro=<forever\(\) at .*programs\/stuck\.ts:\d+> wait_for=<Future pending>>\n/,
    );
  });

  test("though nobody awaits its run", async () => {
    const { code, stderr } = await stuck("not awaited");
    assert.equal(code, 1, stderr);
    assert.match(stderr, report);
  });

  test("though the module itself waits for it", async () => {
    const { code, stderr } = await stuck("beside another run", "awaited");
    assert.equal(code, 1, stderr);
    assert.match(stderr, report);
  });

  test("because tasks wait for each other", async () => {
    const { code, stderr } = await stuck("in a cycle");
    assert.equal(code, 1, stderr);
    assert.match(stderr, report);
    for (const name of ["knot0", "knot1"]) assert.ok(stderr.includes(name));
  });

  test("because it sleeps for ever", async () => {
    const { code, stderr } = await stuck("in an infinite sleep");
    assert.equal(code, 1, stderr);
    assert.match(stderr, report);
  });
});

test("a task that refuses to be cancelled and waits for ever is reported, and main's outcome kept", async () => {
  const { code, stdout, stderr } = await stuck("refusing to be cancelled");
  assert.equal(code, 0, stderr);
  assert.equal(stdout, "outcome\n");
  assert.match(stderr, /^yieldfrom: a run could not be cleaned up /);
  // Bun puts the lines of the source before an error that it prints.
  assert.match(stderr, /^(yieldfrom: a run could not be cleaned up )?DeadlockError: nothing can ever run again/m);
  assert.match(stderr, /\n {2}<Task cancelling name='stubborn' coro=<coroutine> wait_for=<Future pending>>/);
  assert.match(stderr, /\nyieldfrom: Task was destroyed but it is pending: Task 'stubborn'/);
});
