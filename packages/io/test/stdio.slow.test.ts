import assert from "node:assert/strict";
import { closeSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { python } from "@yieldfrom/testing/peers";
import { createSubprocessExec, PIPE, runProcess } from "../src/index.ts";
import { live } from "./live.ts";
import { withFolder } from "./with-folder.ts";

const program = fileURLToPath(new URL("programs/stdin-lines.ts", import.meta.url));

describe("stdinReader() and stdoutWriter()", () => {
  test("speak with who started the program, which ends while its stdin is open", async () => {
    await live(function* () {
      const child = yield* createSubprocessExec(process.execPath, [program], { stdin: PIPE, stdout: PIPE });
      child.stdin.write("one\n");
      assert.equal(String(yield* child.stdout.readLine()), "got one\n");
      child.stdin.write("two\nend\n");
      assert.equal(String(yield* child.stdout.read()), "got two\nand console.log works\n");
      assert.equal(yield* child.wait(), 0);
    });
  });

  test("read what is piped in to its end", async () => {
    await live(function* () {
      const { stdout } = yield* runProcess(process.execPath, [program], { input: "a\nb", text: true, check: true });
      assert.equal(stdout, "got a\ngot b\nand console.log works\n");
    });
  });

  test("read a file, and nothing", async () => {
    await withFolder(async (folder) => {
      const path = join(folder, "lines");
      writeFileSync(path, "a\nend\n");
      for (const [file, expected] of [
        [path, "got a\nand console.log works\n"],
        ["/dev/null", "and console.log works\n"],
      ] as const) {
        const stdin = openSync(file, "r");
        await live(function* () {
          const { stdout } = yield* runProcess(process.execPath, [program], { stdin, text: true, check: true });
          assert.equal(stdout, expected);
        });
        closeSync(stdin);
      }
    });
  });

  test("speak with a terminal", python(), async () => {
    await live(function* () {
      const inTerminal = "import pty, sys; pty.spawn(sys.argv[1:])";
      const args = ["-c", inTerminal, process.execPath, program];
      const child = yield* createSubprocessExec(python().path, args, { stdin: PIPE, stdout: PIPE });
      child.stdin.write("one\n");
      // The terminal shows what is typed as well.
      assert.equal(String(yield* child.stdout.readLine()), "one\r\n");
      assert.equal(String(yield* child.stdout.readLine()), "got one\r\n");
      child.stdin.write("end\n");
      assert.match(String(yield* child.stdout.read()), /and console.log works\r\n$/);
      yield* child.wait();
    });
  });

  test("write to a reader that takes its time", async () => {
    await live(function* () {
      const line = 'yes | head -n 50000 | "$0" "$1" | (sleep 0.1; wc -l)';
      const child = yield* createSubprocessExec("sh", ["-c", line, process.execPath, program], { stdout: PIPE });
      assert.equal(String(yield* child.stdout.read()).trim(), "50001");
      yield* child.wait();
    });
  });
});
