import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createSubprocessExec, createSubprocessShell, PIPE, STDOUT } from "../src/index.ts";
import { text } from "./helpers.ts";
import { live } from "./live.ts";

describe("createSubprocessExec", () => {
  test("runs a program with its arguments as they are", async () => {
    await live(function* () {
      const child = yield* createSubprocessExec("printf", ["%s|", "a b", "$HOME", "*"], { stdout: PIPE });
      assert.equal(yield* text(child.stdout!.read()), "a b|$HOME|*|");
      assert.equal(yield* child.wait(), 0);
      assert.equal(child.returnCode, 0);
      assert.equal(child.stdin, null);
      assert.equal(child.stderr, null);
    });
  });

  test("gives the return code, that of a signal as a negative number", async () => {
    await live(function* () {
      for (const [line, code] of [
        ["exit 3", 3],
        ["exit 255", 255],
        ["kill -9 $$", -9],
        ["kill -TERM $$", -15],
      ] as const) {
        const child = yield* createSubprocessShell(line);
        assert.equal(child.returnCode, null);
        assert.equal(yield* child.wait(), code);
        assert.equal(yield* child.wait(), code);
        assert.equal(child.returnCode, code);
      }
    });
  });

  test("communicate() feeds, reads both outputs and waits", async () => {
    await live(function* () {
      const line = "cat; echo error >&2; exit 7";
      const child = yield* createSubprocessShell(line, { stdin: PIPE, stdout: PIPE, stderr: PIPE });
      const big = "0123456789".repeat(100_000);
      const [stdout, stderr] = yield* child.communicate(big);
      assert.equal(stdout!.toString(), big);
      assert.equal(stderr!.toString(), "error\n");
      assert.equal(child.returnCode, 7);
    });
  });

  test("both outputs in one pipe, in their order", async () => {
    await live(function* () {
      const line = "for i in 1 2 3; do echo out $i; echo err $i >&2; done";
      const child = yield* createSubprocessExec("sh", ["-c", line], { stdout: PIPE, stderr: STDOUT });
      const [stdout, stderr] = yield* child.communicate();
      assert.equal(stdout!.toString(), "out 1\nerr 1\nout 2\nerr 2\nout 3\nerr 3\n");
      assert.equal(stderr, null);
    });
  });
});
