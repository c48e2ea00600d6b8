import assert from "node:assert/strict";
import { chmodSync, createWriteStream, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { VirtualEventLoop } from "yieldfrom";
import {
  createSubprocessExec,
  createSubprocessShell,
  OSError,
  PIPE,
  type ProcessOptions,
  runProcess,
  STDOUT,
  SubprocessProtocol,
  subprocessExec,
  subprocessShell,
} from "../src/index.ts";
import { failureOf } from "./helpers.ts";
import { live } from "./live.ts";
import { withFolder } from "./with-folder.ts";

/** Tries to start it, with each kind of stdout, and gives the one error. */
async function spawnError(program: string, args: string[] = [], options: ProcessOptions = {}): Promise<OSError> {
  return live(function* () {
    const errors: OSError[] = [];
    for (const streams of [
      {},
      { stdin: PIPE, stdout: PIPE, stderr: PIPE },
      { stdout: PIPE, stderr: STDOUT },
    ] as const) {
      const error = yield* failureOf(createSubprocessExec(program, args, { ...options, ...streams }));
      assert.ok(error instanceof OSError, `${error}`);
      assert.equal(error.message, errors[0]?.message ?? error.message);
      errors.push(error);
    }
    return errors[0]!;
  });
}

const PATH = "/usr/bin:/bin";

describe("a program that can't be started", () => {
  test("is not in PATH", async () => {
    const error = await spawnError("no-such-program", ["-l"], { env: { PATH } });
    assert.equal(
      error.message,
      `could not start "no-such-program": it is not in any folder of PATH (${PATH}). Install it, or give its path`,
    );
    assert.deepEqual(
      [error.code, error.syscall, error.name, error.errno],
      ["ENOENT", "spawn", "FileNotFoundError", -2],
    );
    assert.equal((error.cause as NodeJS.ErrnoException).code, "ENOENT");
  });

  test("is a whole command line", async () => {
    const error = await spawnError("ls -l a", [], { env: { PATH } });
    assert.equal(
      error.message,
      `could not start "ls -l a": it is not in any folder of PATH (${PATH}). Arguments are given apart, as ("ls", ["-l", "a"]); a command line needs createSubprocessShell`,
    );
  });

  test("is a path that does not exist", async () => {
    await withFolder(async (folder) => {
      assert.equal(
        (await spawnError("./build.sh", [], { cwd: folder })).message,
        `could not start "./build.sh": there is no such file (looked for ${join(folder, "build.sh")})`,
      );
      assert.equal((await spawnError("/no/such", [])).message, 'could not start "/no/such": there is no such file');
    });
  });

  test("is to start in a folder that does not exist, or is none", async () => {
    await withFolder(async (folder) => {
      const error = await spawnError("ls", [], { cwd: join(folder, "gone") });
      assert.equal(
        error.message,
        `could not start "ls": the folder to start it in, \`cwd\` "${join(folder, "gone")}", does not exist`,
      );
      writeFileSync(join(folder, "file"), "");
      const other = await spawnError("ls", [], { cwd: join(folder, "file") });
      assert.equal(other.message, `could not start "ls": \`cwd\` "${join(folder, "file")}" is not a folder`);
    });
  });

  test("is not executable, or a folder", async () => {
    await withFolder(async (folder) => {
      const file = join(folder, "data");
      writeFileSync(file, "x");
      const error = await spawnError(file);
      assert.deepEqual([error.code, error.name], ["EACCES", "PermissionError"]);
      assert.equal(
        error.message,
        `could not start "${file}": ${file} may not be executed (chmod +x makes a file executable, a mount with noexec forbids it)`,
      );
      mkdirSync(join(folder, "sub"));
      const other = await spawnError("./sub", [], { cwd: folder });
      assert.equal(other.message, `could not start "./sub": ${join(folder, "sub")} is a folder`);
      const found = await spawnError("data", [], { env: { PATH: folder } });
      assert.match(found.message, new RegExp(`^could not start "data": ${file} may not be executed`));
    });
  });

  test("is a script whose interpreter is missing", async () => {
    await withFolder(async (folder) => {
      const file = join(folder, "script");
      writeFileSync(file, "#!/usr/bin/no-such-interpreter -x\n");
      chmodSync(file, 0o755);
      const options = { cwd: folder, stdout: PIPE } as const;
      const error = await live(() => failureOf(createSubprocessExec("./script", [], options)));
      assert.equal(
        (error as Error).message,
        `could not start "./script": ${file} exists, but not the interpreter that its first line names (#!/usr/bin/no-such-interpreter -x)`,
      );
    });
  });

  test("has arguments that are too large", async () => {
    const error = await live(() => failureOf(createSubprocessExec("true", ["x".repeat(4_000_000)])));
    assert.equal(
      (error as Error).message,
      'could not start "true": its arguments and environment are too large for the system (E2BIG)',
    );
  });

  test("is a shell", async () => {
    const error = await live(() => failureOf(createSubprocessShell("ls", { executable: "/no/sh" })));
    assert.equal((error as Error).message, 'could not start "/no/sh": there is no such file');
  });

  test("is told to the one who awaits, by subprocessExec too", async () => {
    await live(function* () {
      const protocol = () => new SubprocessProtocol();
      assert.ok((yield* failureOf(subprocessExec(protocol, "no-such-program"))) instanceof OSError);
      const options = { executable: "/no/sh" };
      assert.ok((yield* failureOf(subprocessShell(protocol, "ls", options))) instanceof OSError);
    });
  });
});

describe("what is refused before anything is started", () => {
  const refused: readonly [string, () => unknown, string][] = [
    [
      "no program",
      () => createSubprocessExec(""),
      'Expected `program` of createSubprocessExec() to be the name or path of a program, got ""',
    ],
    [
      "a list as the program",
      () => createSubprocessExec(["ls"] as never),
      "Expected `program` of createSubprocessExec() to be the name or path of a program, got an array of 1",
    ],
    [
      "arguments one by one, as in Python",
      () => createSubprocessExec("ls", "-l" as never),
      'Expected `args` of createSubprocessExec() to be an array, got "-l": write createSubprocessExec("ls", ["-l", "-a"])',
    ],
    [
      "a number as an argument",
      () => createSubprocessExec("sleep", [1] as never),
      "Expected argument 0 of sleep to be a string, got 1",
    ],
    [
      "a zero byte",
      () => createSubprocessExec("ls", ["a\0b"]),
      '"a\\u0000b" can\'t be given to a program: it has a zero byte in it',
    ],
    [
      "text",
      () => createSubprocessExec("ls", [], { text: true } as object),
      "createSubprocessExec() has no option `text`: pipes carry bytes; decode what you read, or use runProcess(…, { text: true })",
    ],
    [
      "encoding",
      () => createSubprocessShell("ls", { encoding: "utf8" } as object),
      "createSubprocessShell() has no option `encoding`: pipes carry bytes; decode what you read with a TextDecoder",
    ],
    [
      "bufsize",
      () => createSubprocessExec("ls", [], { bufsize: 1 } as object),
      "createSubprocessExec() has no option `bufsize`: pipes are not buffered; `limit` is what a StreamReader keeps",
    ],
    [
      "shell",
      () => createSubprocessExec("ls", [], { shell: true } as object),
      "createSubprocessExec() has no option `shell`: use createSubprocessShell(cmd) for a command line of the shell's",
    ],
    [
      "a list for the shell",
      () => createSubprocessShell(["ls"] as never),
      "Expected `line` of createSubprocessShell() to be a command line, got an array of 1",
    ],
  ];
  for (const [name, call, message] of refused) {
    test(name, () => assert.throws(call, { name: "TypeError", message }));
  }

  test("an option that is off", async () => {
    await live(function* () {
      const child = yield* createSubprocessExec("true", [], { text: false, encoding: undefined, bufsize: 0 } as object);
      yield* child.wait();
    });
  });

  test("streams that can't be given to a process", async () => {
    await live(function* () {
      const closed = createWriteStream("/dev/null");
      const cases: [ProcessOptions, string][] = [
        [
          { stdin: STDOUT as never },
          'Expected `stdin` to be PIPE, DEVNULL, a file descriptor, a Node stream or null, got "stdout" (STDOUT is for `stderr` only)',
        ],
        [{ stdout: -1 }, "Expected `stdout` to be PIPE, DEVNULL, a file descriptor, a Node stream or null, got -1"],
        [
          { stderr: {} as never },
          "Expected `stderr` to be PIPE, DEVNULL, a file descriptor, a Node stream or null, got {}",
        ],
        [
          { stdout: closed },
          '`stdout` of a process can only be a stream that has a file descriptor by now; use PIPE and copy, or wait for its "open" event',
        ],
      ];
      for (const [options, message] of cases) {
        const error = yield* failureOf(createSubprocessExec("true", [], options));
        assert.deepEqual([(error as Error).name, (error as Error).message], ["TypeError", message]);
      }
      closed.destroy();
    });
  });

  test("Node's words for streams", async () => {
    await live(function* () {
      const words = { inherit: "(null, the default, is our own stream)", ignore: "(that is DEVNULL here)" };
      for (const [word, advice] of Object.entries(words)) {
        const error = yield* failureOf(createSubprocessExec("true", [], { stdout: word as never }));
        assert.ok(String(error).endsWith(`got "${word}" ${advice}`), `${error}`);
      }
    });
  });

  test("virtual time, in which no process runs", () => {
    const loop = new VirtualEventLoop();
    const message = /^createSubprocessExec\(\) on a VirtualEventLoop: time jumps there/;
    assert.throws(() => loop.runUntilComplete(createSubprocessExec("true")), { name: "RuntimeError", message });
    assert.throws(() => loop.runUntilComplete(createSubprocessShell("true")), /^RuntimeError: createSubprocessShell/);
    loop.close();
  });

  test("options that would fail later", async () => {
    await live(function* () {
      const cases: [ProcessOptions, string][] = [
        [{ limit: 0 }, "RangeError: Expected `limit` to be a positive number of bytes, got 0"],
        [
          { killOnCancel: { grace: -1 } },
          "RangeError: Expected `grace` to be a number of milliseconds of at least 0, got -1",
        ],
        [{ killOnCancel: { signal: "TERM" as never } }, 'TypeError: Expected a signal, as "SIGTERM" or 15, got "TERM"'],
      ];
      for (const [options, message] of cases) {
        assert.equal(String(yield* failureOf(createSubprocessExec("true", [], options))), message);
      }
    });
    assert.throws(() => runProcess("true", [], { stop: { grace: Number.NaN } }), RangeError);
  });

  test("a signal that is aborted already", async () => {
    const reason = new Error("not needed");
    const signal = AbortSignal.abort(reason);
    assert.equal(await live(() => failureOf(createSubprocessExec("true", [], { signal }))), reason);
  });
});
