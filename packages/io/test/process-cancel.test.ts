import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import process from "node:process";
import { describe, test } from "node:test";
import { cancelEverywhere, leftovers } from "@yieldfrom/testing";
import type { Awaitable } from "yieldfrom";
import { createSubprocessExec, PIPE, type ProcessOptions, runProcess, STDOUT } from "../src/index.ts";

const PIPES = { stdin: PIPE, stdout: PIPE, stderr: PIPE } as const;

/** Each is cancelled at every point where it waits, and must leave no process and no pipe. */
const programs: Readonly<Record<string, () => Awaitable<unknown>>> = {
  *"communicate()"() {
    using child = yield* createSubprocessExec("cat", [], PIPES);
    yield* child.communicate("x".repeat(200_000));
  },
  *"a conversation"() {
    using child = yield* createSubprocessExec("cat", [], PIPES);
    for (const line of ["one\n", "two\n"]) {
      child.stdin.write(line);
      yield* child.stdin.drain();
      yield* child.stdout.readLine();
    }
    child.stdin.close();
    yield* child.stdin.waitClosed();
    yield* child.wait();
  },
  *killOnCancel() {
    const options: ProcessOptions = { ...PIPES, killOnCancel: true };
    const child = yield* createSubprocessExec("cat", [], options);
    yield* child.communicate("x".repeat(200_000));
  },
  *"stop()"() {
    const child = yield* createSubprocessExec("sleep", ["1000"], PIPES);
    yield* child.stop();
  },
  *"runProcess()"() {
    yield* runProcess("cat", [], { input: "x".repeat(200_000) });
  },
  *"runProcess() with everything"() {
    yield* runProcess("cat", [], { input: "x", timeout: 10_000, check: true, text: true, stderr: STDOUT });
  },
  *"a program that can't be started"() {
    try {
      yield* createSubprocessExec("no-such-program", [], PIPES);
    } catch (error) {
      if ((error as { code?: unknown }).code !== "ENOENT") throw error;
    }
  },
};
describe("cancelled anywhere, nothing is left of", () => {
  for (const [name, main] of Object.entries(programs)) {
    test(name, async () => {
      const points = await cancelEverywhere(main);
      assert.ok(points > 0, "it waits somewhere");
      assert.deepEqual(await leftovers(), []);
      assert.deepEqual(children(), []);
    });
  }
});

/** Our own child processes, zombies too. */
function children(): string[] {
  if (process.platform !== "linux") return [];
  return readdirSync("/proc/self/task").flatMap((task) =>
    readFileSync(`/proc/self/task/${task}/children`, "utf8").split(" ").filter(Boolean),
  );
}
