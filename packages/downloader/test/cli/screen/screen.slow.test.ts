// The real thing: processes on a pseudo-terminal, and with pipes.

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { onTerminal, TERMINAL, type TerminalSize } from "../../../../progress/test/pty.ts";
import { Terminal } from "../../../../progress/test/stage.ts";

const SCREEN = new URL("../../../src/cli/screen/screen.ts", import.meta.url).href;
const CWD = fileURLToPath(new URL("../../..", import.meta.url));

/** A program with a `view` that moves on, in which `body` is run as a coroutine with the `screen`. */
function programOf(body: string): string[] {
  const text = `
    import { run, sleep } from "yieldfrom";
    import { Screen } from ${JSON.stringify(SCREEN)};
    const view = { done: 0, skipped: 0, failed: 1, total: 1000, bytes: 0, saved: 0, totalBytes: null,
      active: [{ n: 1, url: "", name: "漢字.iso", bytes: 5e6, received: 5e6, total: 1e7, startedAt: performance.now() - 2000 }] };
    await run(function* () {
      using screen = new Screen();
      screen.show(view);
      function* work(milliseconds) {
        const end = performance.now() + milliseconds;
        while (performance.now() < end) {
          view.done += 1;
          view.bytes += 10_000;
          yield* sleep(10);
        }
      }
      ${body}
    });`;
  return [process.execPath, "--input-type=module", "-e", text];
}

function environment(values: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(CI|NO_COLOR|FORCE_COLOR|LC_.*|LANG)$/.test(name));
  return { ...Object.fromEntries(kept), TERM: "xterm", ...values };
}

interface Ended {
  readonly code: number | string | null | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

function execute(command: readonly string[], env: Readonly<Record<string, string>>): Promise<Ended> {
  const [name = "", ...args] = command;
  return new Promise((resolve) => {
    execFile(name, args, { cwd: CWD, env: environment(env), timeout: 20_000 }, (error, stdout, stderr) => {
      resolve({ code: error ? error.code : 0, stdout, stderr });
    });
  });
}

/** What a person sees when the program has ended. */
async function screenOf(body: string, size: TerminalSize = {}, env: Readonly<Record<string, string>> = {}) {
  const [name, args] = onTerminal(programOf(body), size);
  const { code, stdout } = await execute([name, ...args], env);
  const terminal = new Terminal(size.columns ?? 60, size.rows ?? 20);
  terminal.feed(stdout);
  return { code, lines: terminal.lines, cursor: terminal.cursor, sent: stdout };
}

const LAST_LINE = /^get: +\d+%(?:\|.*\|)? \d+\/1000 \[00:0\d<\d+:\d\d, *[\d.]+file\/s, .*B\/s, err=1\]$/;

for (const [columns, line] of [
  [20, /^\d+% \d+\/1000 err=1$/],
  [70, LAST_LINE],
  [200, LAST_LINE],
] as const) {
  test(`a terminal of ${columns} columns`, TERMINAL, async () => {
    const { code, lines, cursor, sent } = await screenOf(
      `yield* work(800);
      screen.line("above");
      yield* work(300);`,
      { columns },
    );
    assert.equal(code, 0);
    assert.equal(lines.length, 2);
    assert.equal(lines[0], "above");
    assert.match(lines[1]!, line);
    assert.ok(lines[1]!.length < columns);
    assert.deepEqual(cursor, [2, 0]);
    assert.match(sent, /漢字\.iso +50%/);
  });
}

test("a terminal that becomes narrower", TERMINAL, async () => {
  const { code, sent } = await screenOf("yield* work(1200);", { columns: 100, resizeTo: 75 });
  assert.equal(code, 0);
  const drawn = sent.split(/[\r\n]+/).filter((line) => line.startsWith("get:"));
  assert.equal(drawn[0]!.trimEnd().length, 99);
  assert.equal(drawn.at(-1)!.trimEnd().length, 74);
});

test("a low terminal", TERMINAL, async () => {
  const { code, lines, sent } = await screenOf(`yield* work(800);`, { rows: 3 });
  assert.equal(code, 0);
  assert.equal(lines.length, 1);
  assert.doesNotMatch(sent, /漢字/);
});

test("a dumb terminal, and one in CI, get no control characters", TERMINAL, async () => {
  for (const env of [{ TERM: "dumb" }, { CI: "true" }]) {
    const { code, sent } = await screenOf(`yield* work(700); screen.line("a line");`, {}, env);
    assert.deepEqual([code, sent], [0, "a line\r\n"], "the terminal's own CR LF");
  }
});

test("NO_COLOR and FORCE_COLOR make no difference", TERMINAL, async () => {
  for (const env of [{ NO_COLOR: "1" }, { FORCE_COLOR: "3" }]) {
    const { sent } = await screenOf("yield* work(800);", { columns: 80 }, env);
    assert.ok(sent.includes("get:"));
    assert.ok(!sent.replaceAll("\x1b[A", "").includes("\x1b"));
  }
});

test("Ctrl-C leaves the total line and a clean terminal", TERMINAL, async () => {
  const { lines, sent } = await screenOf(
    `
    yield* work(800);
    setTimeout(() => process.kill(process.pid, "SIGINT"));
    yield* work(10_000);`,
    { columns: 80 },
    { NO_COLOR: "1" },
  );
  assert.match(lines[0]!, LAST_LINE);
  assert.ok(!lines.some((line) => line.includes("漢字")));
  assert.ok(!sent.includes("\x1b[?25l"), "the cursor is never hidden");
});

test("an error that nobody catches is printed on a clean terminal", TERMINAL, async () => {
  const { code, lines } = await screenOf(
    `
    yield* work(800);
    setImmediate(() => { throw new Error("the end"); });
    yield* work(10_000);`,
    { columns: 80 },
    { NO_COLOR: "1" },
  );
  assert.equal(code, 1);
  assert.ok(lines.some((line) => line.startsWith("Error: the end")));
  assert.ok(!lines.some((line) => line.includes("漢字") || line.startsWith("get:")));
});

test("a process that just ends leaves a clean terminal", TERMINAL, async () => {
  const { code, lines } = await screenOf("yield* work(800); process.exit(3);");
  assert.deepEqual([code, lines], [3, [""]]);
});

test("in a pipe there is silence, and what is printed", async () => {
  const { code, stdout, stderr } = await execute(programOf(`yield* work(700); screen.line("a line");`), {});
  assert.deepEqual([code, stdout, stderr], [0, "", "a line\n"]);
});

test("a screen that was never closed does not keep the process alive", async () => {
  const text = `import { Screen } from ${JSON.stringify(SCREEN)};
    const view = { done: 0, skipped: 0, failed: 0, total: 1, bytes: 0, saved: 0, totalBytes: null, active: [] };
    for (const mode of ["plain", "bar"]) new Screen({ mode }).show(view);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", text], {
    cwd: CWD,
    stdio: "ignore",
    timeout: 8000,
  });
  assert.deepEqual(await once(child, "close"), [0, null]);
});
