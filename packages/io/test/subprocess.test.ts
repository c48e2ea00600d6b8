import assert from "node:assert/strict";
import { closeSync, openSync, readFileSync, realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { createTask, forEach, gather, RuntimeError, run } from "yieldfrom";
import {
  createSubprocessExec,
  createSubprocessShell,
  DEVNULL,
  PIPE,
  ProcessLookupError,
  type ProcessOptions,
  STDOUT,
} from "../src/index.ts";
import { failureOf, text } from "./helpers.ts";
import { live, liveReports } from "./live.ts";
import { withFolder } from "./with-folder.ts";

/** What `sh` writes for a script, with both of its outputs as they come. */
function* output(script: string, options: ProcessOptions = {}, args: string[] = []) {
  const child = yield* createSubprocessExec("sh", ["-c", script, ...args], { stdout: PIPE, ...options });
  const [stdout] = yield* child.communicate();
  return stdout!.toString();
}

describe("a program", () => {
  test("is given its arguments as they are", async () => {
    await live(function* () {
      const child = yield* createSubprocessExec("printf", ["%s|", "a b", "$HOME", "*", ""], { stdout: PIPE });
      assert.equal(yield* text(child.stdout.read()), "a b|$HOME|*||");
      assert.equal(yield* child.wait(), 0);
      assert.equal(child.returnCode, 0);
      assert.deepEqual([child.stdin, child.stderr], [null, null]);
    });
  });

  test("has the arguments that were in the array at the call", async () => {
    await live(function* () {
      const args = ["one"];
      const starting = createSubprocessExec("echo", args, { stdout: PIPE });
      args[0] = "two";
      const child = yield* starting;
      assert.equal(yield* text(child.stdout.read()), "one\n");
      yield* child.wait();
    });
  });

  test("ends with its return code, of a signal the negative number", async () => {
    await live(function* () {
      const ends = { "exit 0": 0, "exit 3": 3, "exit 255": 255, "kill -9 $$": -9, "kill -TERM $$": -15 };
      for (const [line, code] of Object.entries(ends)) {
        const child = yield* createSubprocessShell(line);
        assert.equal(child.returnCode, null);
        assert.equal(yield* child.wait(), code);
        assert.equal(yield* child.wait(), code);
        assert.equal(child.returnCode, code);
      }
    });
  });

  test("several tasks may wait for it", async () => {
    await live(function* () {
      const child = yield* createSubprocessShell("read line; exit 5", { stdin: PIPE });
      const waiting = [child.wait(), child.wait(), child.wait()].map((each) => createTask(each));
      child.stdin.write("go\n");
      assert.deepEqual(yield* gather(waiting), [5, 5, 5]);
    });
  });

  test("is talked to line by line", async () => {
    await live(function* () {
      using child = yield* createSubprocessExec("cat", [], { stdin: PIPE, stdout: PIPE });
      for (const line of ["one\n", "two\n"]) {
        child.stdin.write(line);
        yield* child.stdin.drain();
        assert.equal(yield* text(child.stdout.readLine()), line);
      }
      child.stdin.writeEof();
      assert.equal((yield* child.stdout.readLine()).length, 0);
      yield* child.stdin.waitClosed();
      assert.equal(yield* child.wait(), 0);
    });
  });

  test("gives its lines to forEach", async () => {
    await live(function* () {
      const child = yield* createSubprocessExec("seq", ["3"], { stdout: PIPE });
      const lines: string[] = [];
      yield* forEach(child.stdout, (line) => void lines.push(line.toString()));
      assert.deepEqual(lines, ["1\n", "2\n", "3\n"]);
      yield* child.wait();
    });
  });

  test("runs in `cwd`, with `env` and with nothing of ours in it", async () => {
    const folder = realpathSync(tmpdir());
    await live(function* () {
      const { PATH } = process.env;
      const env = { PATH, GREETING: "hello" };
      assert.equal(yield* output('pwd; echo "$GREETING $HOME"', { cwd: folder, env }), `${folder}\nhello \n`);
      assert.equal(yield* output("pwd", { cwd: pathToFileURL(folder) }), `${folder}\n`);
    });
  });

  test("may lead a session of its own", async () => {
    await live(function* () {
      const script = "ps -o pid= -o pgid= -o sid= -p $$ || cut -d' ' -f1,5,6 /proc/$$/stat";
      for (const startNewSession of [true, false]) {
        const ids = new Set((yield* output(script, { startNewSession })).trim().split(/\s+/));
        assert.equal(ids.size === 1, startNewSession);
      }
    });
  });

  test("may be told another name than its own", async () => {
    await live(function* () {
      const child = yield* createSubprocessExec("worker", ["-c", "echo $0"], { executable: "sh", stdout: PIPE });
      const [stdout] = yield* child.communicate();
      assert.equal(stdout.toString(), "worker\n");
    });
  });

  test("prints itself", async () => {
    await live(function* () {
      const child = yield* createSubprocessExec("true");
      assert.equal(`${child}`, `<Process ${child.pid} true running>`);
      yield* child.wait();
      assert.equal(`${child}`, `<Process ${child.pid} true returnCode=0>`);
    });
  });
});

describe("a shell", () => {
  test("understands the line", async () => {
    await live(function* () {
      const child = yield* createSubprocessShell("echo one two | wc -w", { stdout: PIPE });
      const [stdout] = yield* child.communicate();
      assert.equal(stdout.toString().trim(), "2");
    });
  });

  test("may be another one", async () => {
    await live(function* () {
      const child = yield* createSubprocessShell("a line", { executable: "/bin/echo", stdout: PIPE });
      const [stdout] = yield* child.communicate();
      assert.equal(stdout.toString(), "-c a line\n");
    });
  });

  test("answers 127 for what it does not find: it was started itself", async () => {
    await live(function* () {
      const child = yield* createSubprocessShell("no-such-program", { stderr: DEVNULL });
      assert.equal(yield* child.wait(), 127);
    });
  });
});

describe("where the streams go", () => {
  test("both outputs in one pipe, in their order", async () => {
    await live(function* () {
      const script = "for i in 1 2 3; do echo out $i; echo err $i >&2; done";
      const expected = "out 1\nerr 1\nout 2\nerr 2\nout 3\nerr 3\n";
      assert.equal(yield* output(script, { stderr: STDOUT }), expected);
      const child = yield* createSubprocessShell(script, { stdout: PIPE, stderr: STDOUT });
      const [stdout, stderr] = yield* child.communicate();
      assert.deepEqual([stdout.toString(), stderr], [expected, null]);
    });
  });

  test("a program in front of that is the same process, with the same arguments", async () => {
    await live(function* () {
      const options = { stdout: PIPE, stderr: STDOUT, env: { ...process.env, A: "b" } } as const;
      const child = yield* createSubprocessExec("sh", ["-c", 'echo $$ "$0" "$@" $A', "$x", "a b", "-c"], options);
      const [stdout] = yield* child.communicate();
      assert.equal(stdout.toString(), `${child.pid} $x a b -c b\n`);
    });
  });

  test("to nothing", async () => {
    await live(function* () {
      assert.equal(yield* output("cat; echo end", { stdin: DEVNULL }), "end\n");
      const child = yield* createSubprocessShell("echo dropped; echo dropped >&2", { stdout: DEVNULL, stderr: STDOUT });
      assert.equal(yield* child.wait(), 0);
    });
  });

  test("to files", async () => {
    await withFolder(async (folder) => {
      const path = join(folder, "log");
      const log = openSync(path, "w");
      try {
        await live(function* () {
          const options = { stdout: log, stderr: STDOUT } as const;
          const child = yield* createSubprocessShell("echo out; echo err >&2", options);
          yield* child.wait();
          assert.equal(readFileSync(path, "utf8"), "out\nerr\n");
        });
        const again = openSync(path, "r");
        await live(function* () {
          assert.equal(yield* output("cat", { stdin: again }), "out\nerr\n");
        });
        closeSync(again);
      } finally {
        closeSync(log);
      }
    });
  });
});

describe("communicate()", () => {
  test("feeds and reads at once, however much it is, and waits", async () => {
    await live(function* () {
      const options = { stdin: PIPE, stdout: PIPE, stderr: PIPE };
      const child = yield* createSubprocessShell("head -c 1000000 /dev/zero >&2 & cat; wait; exit 7", options);
      const big = Buffer.from("0123456789".repeat(100_000));
      const [stdout, stderr] = yield* child.communicate(big);
      assert.ok(stdout.equals(big));
      assert.deepEqual(stderr, Buffer.alloc(1_000_000));
      assert.equal(child.returnCode, 7);
      assert.deepEqual(yield* child.communicate(), [Buffer.alloc(0), Buffer.alloc(0)]);
    });
  });

  test("ends a stdin that nothing is sent to", async () => {
    await live(function* () {
      const child = yield* createSubprocessExec("cat", [], { stdin: PIPE, stdout: PIPE });
      assert.deepEqual(yield* child.communicate(), [Buffer.alloc(0), null]);
    });
  });

  test("gives null for what is no pipe", async () => {
    await live(function* () {
      const child = yield* createSubprocessExec("true");
      assert.deepEqual(yield* child.communicate(), [null, null]);
    });
  });

  test("refuses input that could not be sent", async () => {
    await live(function* () {
      const child = yield* createSubprocessExec("cat", [], { stdin: DEVNULL });
      const error = yield* failureOf(child.communicate("x"));
      assert.ok(error instanceof RuntimeError);
      assert.match(
        error.message,
        /^communicate\(input\) of <Process \d+ cat running>, whose stdin is no pipe: start it with/,
      );
      yield* child.wait();
    });
  });
});

describe("signals", () => {
  test("are sent by name and by number", async () => {
    await live(function* () {
      const script = "trap 'echo got it' USR1; echo ready; while :; do sleep 0.01; done";
      for (const signal of ["SIGUSR1", 10] as const) {
        using child = yield* createSubprocessExec("sh", ["-c", script], { stdout: PIPE });
        yield* child.stdout.readLine();
        child.sendSignal(signal);
        assert.equal(yield* text(child.stdout.readLine()), "got it\n");
      }
    });
  });

  test("terminate() and kill()", async () => {
    await live(function* () {
      for (const [method, code] of [
        ["terminate", -15],
        ["kill", -9],
      ] as const) {
        const child = yield* createSubprocessExec("sleep", ["1000"]);
        child[method]();
        child[method]();
        assert.equal(yield* child.wait(), code);
        assert.throws(() => child[method](), ProcessLookupError);
      }
    });
  });

  test("to one that has ended teach to look first", async () => {
    await live(function* () {
      const child = yield* createSubprocessExec("true");
      yield* child.wait();
      assert.throws(() => child.terminate(), {
        name: "ProcessLookupError",
        code: "ESRCH",
        message: `<process ${child.pid} true returnCode=0> has ended: look at its returnCode before it is sent SIGTERM`,
      });
    });
  });

  test("that are none are refused", async () => {
    await live(function* () {
      using child = yield* createSubprocessExec("sleep", ["1000"]);
      for (const [bad, shown] of [
        ["SIGNOPE", '"SIGNOPE"'],
        [-3, "-3"],
        [1.5, "1.5"],
      ] as const) {
        assert.throws(() => child.sendSignal(bad as "SIGTERM"), {
          name: "TypeError",
          message: `Expected a signal, as "SIGTERM" or 15, got ${shown}`,
        });
      }
      yield* child.stop();
    });
  });
});

describe("at the end", () => {
  test("`using` kills what still runs, also when the body throws", async () => {
    let pid = 0;
    await assert.rejects(
      live(function* () {
        using child = yield* createSubprocessExec("sleep", ["1000"], { stdin: PIPE, stdout: PIPE });
        pid = child.pid;
        throw new RangeError("body");
      }),
      /body/,
    );
    await gone(pid);
  });

  test("a process that is left behind is killed, and reported", async () => {
    let pid = 0;
    const { outcome, reports } = await liveReports(function* () {
      ({ pid } = yield* createSubprocessExec("sleep", ["1000"], { stdout: PIPE }));
    });
    assert.equal(outcome.status, "fulfilled");
    await gone(pid);
    assert.deepEqual(
      reports.map(({ message }) => message),
      [
        `<process ${pid} sleep running> was still running when its event loop was closed, and was killed: wait for it, stop() it, or write \`using\``,
      ],
    );
  });

  test("one that has ended is nothing to report", async () => {
    await live(function* () {
      const child = yield* createSubprocessExec("true");
      yield* child.wait();
    });
  });

  test("each run() has its own", async () => {
    const runs = [1, 2, 3].map((code) =>
      run(function* () {
        const child = yield* createSubprocessShell(`exit ${code}`);
        return yield* child.wait();
      }),
    );
    assert.deepEqual(await Promise.all(runs), [1, 2, 3]);
  });
});

/** Waits until there is no such process; one that has ended was seen to by Node by then. */
async function gone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}
