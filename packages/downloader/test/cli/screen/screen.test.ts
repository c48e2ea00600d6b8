// Under a clock moved by hand, on a terminal that shows what a person would see.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { cancelEverywhere } from "@yieldfrom/testing";
import { displayWidth } from "@yieldfrom/tqdm";
import { sleep } from "yieldfrom";
import { stage } from "../../../../progress/test/stage.ts";
import { Screen, type ScreenMode } from "../../../src/cli/screen/screen.ts";
import { file, type TestView, testView } from "./view.ts";

type StageOptions = Parameters<typeof stage>[0] & { env?: Readonly<Record<string, string>> };

function started(view: TestView, mode: ScreenMode = "auto", { env = {}, ...stream }: StageOptions = {}) {
  const surroundings = stage({ columns: 80, ...stream });
  surroundings.host.env = { TERM: "xterm", ...env };
  const screen = new Screen({ mode }, surroundings);
  screen.show(view);
  /** Time passes, and before each tenth of a second `change` is called with the milliseconds since the start. */
  const go = (milliseconds: number, change: (elapsed: number) => void = () => {}) => {
    for (let left = milliseconds; left > 0; left -= 100) {
      change(surroundings.host.time + 100 - 1000);
      surroundings.host.wait(100);
    }
  };
  return { screen, go, ...surroundings };
}

/** Fifty files and a megabyte a second. */
function steady(view: TestView): (elapsed: number) => void {
  return (elapsed) => {
    view.done = Math.round(elapsed / 20);
    view.bytes = elapsed * 1000;
  };
}

describe("on a terminal", () => {
  test("tqdm's line, first without a total, then with one; in the end the means", () => {
    const view = testView();
    const { screen, go, terminal, host, stderr } = started(view);
    go(10_000, steady(view));
    assert.deepEqual(
      terminal.lines,
      ["500file [00:10, 50.00file/s, 1.00MB/s]"].map((line) => `get: ${line}`),
    );
    view.total = 1000;
    view.failed = 3;
    go(100);
    assert.match(terminal.lines[0]!, /^get: {2}50%\|█+▏? +\| 503\/1000 \[00:10<00:\d\d, .*file\/s, .*B\/s, err=3\]$/);
    assert.equal(terminal.lines[0]!.length, 79);
    assert.deepEqual(terminal.cursor[0], 0);
    view.done = 997;
    screen.close();
    screen.close();
    assert.match(terminal.lines[0]!, /^get: 100%\|█+\| 1000\/1000 \[00:10<00:00, 99\.0\dfile\/s, 990kB\/s, err=3\]$/);
    assert.deepEqual(terminal.cursor, [1, 0]);
    assert.deepEqual([host.timers.size, host.exits.size, stderr.listenerCount], [0, 0, 0]);
  });

  test("the files that take long stand beneath", () => {
    const view = testView({
      total: 3,
      active: [file("a", { startedAt: 1000, total: 1000, bytes: 10, received: 10 }), file("b", { startedAt: 1500 })],
    });
    const { screen, go, terminal } = started(view);
    go(900);
    assert.equal(terminal.lines.length, 1);
    go(100);
    assert.match(terminal.lines[1]!, /^ {2}a +1% +10\.0B\/1\.00kB +10\.0B\/s$/);
    go(500);
    assert.equal(terminal.lines.length, 3);
    view.active.shift();
    go(100);
    assert.equal(terminal.lines.length, 2);
    assert.match(terminal.lines[1]!, /^ {2}b /);
    screen.close();
    assert.equal(terminal.lines.length, 1, "they go when it ends");
  });

  test("a job of less than half a second shows nothing", () => {
    const view = testView({ total: 5 });
    const { screen, go, stderr } = started(view);
    go(400, steady(view));
    screen.close();
    assert.equal(stderr.written.length, 0);
  });

  test("at most ten times a second, however often the view changes", () => {
    const view = testView({ total: 100_000 });
    const { screen, host, stderr } = started(view);
    for (let millisecond = 0; millisecond < 5000; millisecond++) {
      view.done++;
      host.wait(1);
    }
    assert.ok(stderr.written.length <= 50, `${stderr.written.length} writes`);
    assert.ok(stderr.written.length > 40);
    screen.close();
  });

  test("lines are printed above, and nothing of the bar is left in them", () => {
    const view = testView({ total: 100, active: [file("slow", { startedAt: 0 })] });
    const { screen, go, terminal, stdout } = started(view);
    screen.line("before it was shown");
    go(1000, steady(view));
    screen.line("failed: x");
    screen.line("a record", stdout);
    assert.deepEqual(terminal.lines.slice(0, 3), ["before it was shown", "failed: x", "a record"]);
    assert.match(terminal.lines[3]!, /^get: {2}50%/);
    assert.match(terminal.lines[4]!, /^ {2}slow /);
    assert.equal(terminal.lines.length, 5);
    screen.close();
    screen.line("after");
    assert.equal(terminal.lines.at(-1), "after");
  });

  test("it fits, however narrow, low or wide", () => {
    const view = testView({
      total: 5000,
      skipped: 3000,
      bytes: 5e9,
      failed: 12,
      active: Array.from({ length: 30 }, (_, index) =>
        file(`${"漢字".repeat(index)}.jpg`, { startedAt: 0, total: 1e9, bytes: index * 1e7, received: index * 1e7 }),
      ),
    });
    for (const columns of [1, 2, 8, 20, 21, 40, 80, 132, 300]) {
      for (const rows of [1, 2, 3, 5, 50]) {
        const { screen, go, terminal } = started(view, "bar", { columns, rows });
        go(3000);
        const { lines } = terminal;
        assert.ok(lines.length <= Math.min(6, Math.max(1, rows - 1)), `${lines.length} lines of ${rows}`);
        for (const line of lines) assert.ok(displayWidth(line) < Math.max(2, columns), `${columns}: ${line}`);
        screen.close();
        assert.deepEqual(terminal.cursor, [1, 0]);
      }
    }
  });

  test("a resize is followed", () => {
    const view = testView({ total: 100 });
    const { screen, go, stderr } = started(view);
    go(1000, steady(view));
    assert.equal(stderr.written.at(-1)!.trim().length, 79);
    stderr.columns = 70;
    stderr.emit("resize");
    assert.equal(stderr.written.at(-1)!.trim().length, 69);
    screen.close();
  });

  test("no escape but cursor-up, whatever NO_COLOR and FORCE_COLOR say", () => {
    for (const env of [{}, { NO_COLOR: "1" }, { FORCE_COLOR: "3" }]) {
      const view = testView({ total: 100, failed: 5, active: [file("\x1b[2J", { startedAt: 0 })] });
      const { screen, go, stderr } = started(view, "auto", { env });
      go(2000, steady(view));
      screen.close();
      const sent = stderr.written.join("");
      assert.ok(!sent.replaceAll("\x1b[A", "").includes("\x1b"));
      assert.match(sent, /\\x1b\[2J/);
    }
  });

  test("in a charset without block characters", () => {
    const view = testView({ total: 100 });
    const { screen, go, terminal } = started(view, "auto", { env: { LANG: "en_US.ISO-8859-1" } });
    go(1000, steady(view));
    assert.match(terminal.lines[0]!, /^get: {2}50%\|#+\d? *\| 50\/100 /);
    screen.close();
    assert.match(terminal.lines[0]!, /^[\x20-\x7e]+$/);
  });
});

describe("which mode", () => {
  const shown = (mode: ScreenMode, isTTY: boolean, env: Readonly<Record<string, string>>) => {
    const view = testView({ total: 1000 });
    const { screen, go, stderr } = started(view, mode, { isTTY, env });
    go(10_000, steady(view));
    screen.close();
    const sent = stderr.written.join("");
    return sent === "" ? "none" : sent.includes("\r") ? "bar" : sent.includes("\x1b") ? "escapes" : "plain";
  };
  for (const [mode, isTTY, env, expected] of [
    ["auto", true, {}, "bar"],
    ["auto", true, { TERM: "dumb" }, "plain"],
    ["auto", true, { CI: "true" }, "plain"],
    ["auto", true, { CI: "false" }, "bar"],
    ["auto", true, { CI: "" }, "bar"],
    ["auto", false, {}, "none"],
    ["auto", false, { TERM: "dumb" }, "none"],
    ["auto", false, { CI: "1" }, "plain"],
    ["auto", true, { NO_COLOR: "1" }, "bar"],
    ["auto", false, { FORCE_COLOR: "1" }, "none"],
    ["bar", true, { CI: "1" }, "bar"],
    ["bar", false, {}, "plain"],
    ["bar", true, { TERM: "dumb" }, "plain"],
    ["plain", true, {}, "plain"],
    ["plain", false, {}, "plain"],
    ["none", true, {}, "none"],
    ["none", false, { CI: "1" }, "none"],
  ] as const) {
    const where = `${isTTY ? "on a terminal" : "in a pipe"} with ${JSON.stringify(env)}`;
    test(`${mode} ${where} is ${expected}`, () => assert.equal(shown(mode, isTTY, env), expected));
  }
});

test("plain: a line each ten seconds", () => {
  const view = testView();
  const { screen, go, stderr, host } = started(view, "plain", { isTTY: false });
  go(10_000, steady(view));
  view.total = 5000;
  view.skipped = 3000;
  view.failed = 3;
  go(9900, steady(view));
  screen.line("x failed");
  go(10_100, steady(view));
  go(10_000, () => {
    view.bytes = 20_100_000;
  });
  view.done++;
  go(10_000);
  screen.close();
  go(30_000);
  assert.deepEqual(stderr.written.join("").split("\n"), [
    "get: 500 files, 10.0MB, 50 file/s",
    "x failed",
    "get: 4003/5000, 20.0MB, 50.3 file/s, 3 failed",
    "get: 4503/5000, 30.0MB, 50 file/s, 3 failed",
    "get: 4503/5000, 20.1MB, 0 file/s, 3 failed",
    "get: 4504/5000, 20.1MB, 10 s/file, 3 failed",
    "",
  ]);
  assert.equal(host.timers.size, 0);
});

describe("it is taken away", () => {
  test("when the block is left by an error", () => {
    const view = testView({ total: 5, active: [file("a")] });
    const { screen, go, terminal, host, stderr } = started(view);
    assert.throws(() => {
      using _screen = screen;
      go(2000);
      throw new Error("out");
    }, /out/);
    assert.equal(terminal.lines.length, 1);
    assert.deepEqual(terminal.cursor, [1, 0]);
    assert.deepEqual([host.timers.size, host.exits.size, stderr.listenerCount], [0, 0, 0]);
  });

  test("when the process ends", () => {
    const view = testView({ total: 5, active: [file("a")] });
    const { screen, go, terminal, host } = started(view);
    go(2000);
    assert.equal(terminal.lines.length, 2);
    for (const exit of [...host.exits]) exit();
    assert.deepEqual(terminal.lines, [""]);
    screen.close();
    assert.deepEqual(terminal.lines, [""]);
    assert.deepEqual([host.timers.size, host.exits.size], [0, 0]);
  });

  test("when the task is cancelled, wherever it waits", async () => {
    const timers: number[] = [];
    await cancelEverywhere(function* () {
      const { screen, go, host } = started(testView({ total: 5 }));
      try {
        using _screen = screen;
        go(1000);
        yield* sleep(1);
        go(1000);
        yield* sleep(1);
      } finally {
        timers.push(host.timers.size);
      }
    });
    assert.ok(timers.length > 3 && timers.every((count) => count === 0));
  });
});

test("a terminal that is gone is no reason to fail", () => {
  const view = testView({ total: 100 });
  const { screen, go, stderr } = started(view);
  go(1000, steady(view));
  stderr.failure = new Error("EIO");
  go(1000, steady(view));
  screen.close();
  assert.ok(stderr.written.length > 0);
});
