import assert from "node:assert/strict";
import { test } from "node:test";
import { Bar } from "../src/bar.ts";
import type { TqdmOptions } from "../src/options.ts";
import { stage } from "./stage.ts";

const PLAIN = { total: 4, ncols: 0 } as const;

function barOn(options: TqdmOptions = PLAIN, stream?: Parameters<typeof stage>[0]) {
  const on = stage(stream);
  return { ...on, bar: new Bar(options, on) };
}

test("moved by hand", () => {
  const { bar, host, terminal } = barOn();
  assert.deepEqual(terminal.lines, ["  0% 0/4 [00:00<?, ?it/s]"]);
  assert.equal(bar.update(), false); // too soon
  host.work(100);
  assert.equal(bar.update(2), true);
  assert.equal(bar.n, 3);
  assert.deepEqual(terminal.lines, [" 75% 3/4 [00:00<00:00, 30.00it/s]"]);
  assert.equal(bar.update(-1), false);
  assert.equal(bar.n, 2);
});

test("the last line shows the mean rate and stays", () => {
  const { bar, host, terminal } = barOn();
  host.work(1000);
  bar.update(1);
  host.work(200);
  bar.update(3);
  assert.deepEqual(terminal.lines, ["100% 4/4 [00:01<00:00,  4.11it/s]"]); // (3*.3 + 1*.21) / (.2*.3 + 1*.21)
  bar.close();
  assert.deepEqual(terminal.lines, ["100% 4/4 [00:01<00:00,  3.33it/s]"]); // 4 / 1.2
  assert.deepEqual(terminal.cursor, [1, 0]);
});

test("without leave the line goes", () => {
  const { bar, terminal } = barOn({ ...PLAIN, leave: false });
  bar.update(4);
  bar.close();
  assert.deepEqual([terminal.lines, terminal.cursor], [[""], [0, 0]]);
});

test("closing frees everything, once", () => {
  const { bar, host, stderr } = barOn();
  assert.deepEqual([host.timers.size, host.exits.size, stderr.listenerCount], [1, 1, 1]);
  bar.close();
  const writes = stderr.written.length;
  bar.close();
  bar.refresh();
  bar.setDescription("late");
  bar.reset();
  assert.equal(bar.update(), false);
  assert.equal(stderr.written.length, writes);
  assert.deepEqual([host.timers.size, host.exits.size, stderr.listenerCount], [0, 0, 0]);
});

test("using closes it, also when the block throws", () => {
  const on = stage();
  assert.throws(() => {
    using bar = new Bar(PLAIN, on);
    bar.update();
    throw new Error("body");
  }, /body/);
  assert.equal(on.host.timers.size, 0);
  assert.equal(on.terminal.cursor[0], 1);
});

test("time goes on while nothing is done", () => {
  const { bar, host, terminal, stderr } = barOn();
  host.wait(100);
  bar.update(2);
  const writes = stderr.written.length;
  host.wait(3000);
  assert.deepEqual(terminal.lines, [" 50% 2/4 [00:03<00:00, 20.00it/s]"]);
  assert.equal(stderr.written.length - writes, 3, "a line is sent only when it changed: each second");
});

test("counts that came too soon are shown by the timer", () => {
  const { bar, host, terminal } = barOn();
  host.wait(90);
  bar.update(3);
  assert.deepEqual(terminal.lines, ["  0% 0/4 [00:00<?, ?it/s]"]);
  host.wait(10);
  assert.deepEqual(terminal.lines, [" 75% 3/4 [00:00<00:00, 30.00it/s]"]);
});

test("no more redraws than mininterval allows, with the timer too", () => {
  const { bar, host, stderr } = barOn({ ...PLAIN, total: 1e6, mininterval: 1000 });
  for (let time = 0; time < 10_000; time += 10) {
    host.wait(10);
    bar.update();
  }
  assert.ok(
    stderr.written.length >= 9 && stderr.written.length <= 11,
    `${stderr.written.length} writes in ten seconds`,
  );
});

test("delay hides a short job altogether", () => {
  const { bar, host, stderr } = barOn({ ...PLAIN, delay: 500 });
  host.wait(400);
  bar.update(4);
  bar.close();
  assert.deepEqual([stderr.written, host.timers.size], [[], 0]);
});

test("after the delay the bar comes up, by an update or by the timer", () => {
  for (const wait of ["work", "wait"] as const) {
    const { bar, host, terminal } = barOn({ ...PLAIN, delay: 500 });
    host[wait](600);
    if (wait === "work") bar.update();
    assert.match(terminal.lines[0]!, wait === "work" ? /^ 25% 1\/4/ : /^ {2}0% 0\/4/);
    bar.close();
    assert.equal(terminal.cursor[0], 1);
  }
});

test("silent off a terminal and on a dumb one, yet counting", () => {
  for (const [isTTY, TERM] of [
    [false, "xterm"],
    [true, "dumb"],
  ] as const) {
    const on = stage({ isTTY });
    on.host.env = { TERM };
    const bar = new Bar(PLAIN, on);
    on.host.work(1000);
    bar.update(3);
    bar.setDescription("get");
    bar.refresh();
    assert.equal(String(bar), "get:  75% 3/4 [00:01<00:00,  3.00it/s]");
    bar.close();
    assert.deepEqual([bar.n, on.stderr.written, on.host.timers.size], [3, [], 0]);
  }
});

test("disable: false draws in a pipe, true draws nowhere", () => {
  const forced = barOn({ total: 4, disable: false }, { isTTY: false });
  assert.deepEqual(forced.terminal.lines, ["  0%|          | 0/4 [00:00<?, ?it/s]"]);
  const off = barOn({ ...PLAIN, disable: true });
  assert.deepEqual([off.stderr.written, off.host.timers.size], [[], 0]);
});

test("TQDM_DISABLE=1 is the default for bars that say nothing", () => {
  const on = stage();
  on.host.env = { TQDM_DISABLE: "1" };
  new Bar(PLAIN, on).close();
  assert.deepEqual(on.stderr.written, []);
  new Bar({ ...PLAIN, disable: false }, on).close();
  assert.notDeepEqual(on.stderr.written, []);
});

test("words before and after the bar", () => {
  const { bar, host, terminal } = barOn({ ...PLAIN, desc: "get", unit: "file", postfix: { err: 0 } }, { columns: 80 });
  assert.deepEqual(terminal.lines, ["get:   0% 0/4 [00:00<?, ?file/s, err=0]"]);
  host.work(100);
  bar.setPostfix({ loss: 0.123456, name: " x ", none: null });
  assert.deepEqual(terminal.lines, ["get:   0% 0/4 [00:00<?, ?file/s, loss=0.123, name=x, none=null]"]);
  host.work(100);
  bar.setPostfix("20.1MB/s");
  host.work(100);
  bar.setDescription("put");
  assert.deepEqual(terminal.lines, ["put:   0% 0/4 [00:00<?, ?file/s, 20.1MB/s]"]);
  host.work(100);
  bar.setDescription();
  host.work(100);
  bar.setPostfix();
  assert.deepEqual(terminal.lines, ["  0% 0/4 [00:00<?, ?file/s]"]);
});

test("words that change with every item wait for the next redraw", () => {
  const { bar, host, terminal, stderr } = barOn();
  const writes = stderr.written.length;
  for (let index = 0; index < 10; index++) {
    host.wait(10);
    bar.setDescription(`file ${index}`);
  }
  assert.equal(stderr.written.length, writes + 1);
  host.wait(100);
  assert.match(terminal.lines[0]!, /^file 9: /);
});

test("control characters in words are spelled out", () => {
  const { bar, host, terminal } = barOn({ ...PLAIN, desc: "a\nb", unit: "\x1b[2J", postfix: { "\r": "\t" } });
  assert.deepEqual(terminal.lines, ["a\\nb:   0% 0/4 [00:00<?, ?\\x1b[2J/s, \\r=]"]);
  host.work(100);
  bar.setDescription("\u202egnp.exe\x07");
  bar.setPostfix("\x9b31m");
  bar.refresh();
  assert.deepEqual(terminal.lines, ["\\u202egnp.exe\\x07:   0% 0/4 [00:00<?, ?\\x1b[2J/s, \\x9b31m]"]);
});

test("reset is for another job of the same kind", () => {
  const { bar, host, terminal } = barOn({ ...PLAIN, initial: 2 });
  host.work(1000);
  bar.update(2);
  bar.reset(10);
  assert.deepEqual([bar.n, bar.total], [0, 10]);
  assert.deepEqual(terminal.lines, ["  0% 0/10 [00:00<?, ?it/s]"]);
  host.work(1000);
  bar.update(5);
  bar.reset();
  assert.equal(bar.total, 10);
});

test("the total may grow, or be given up", () => {
  const { bar, terminal } = barOn();
  bar.total = 8;
  bar.refresh();
  assert.deepEqual(terminal.lines, ["  0% 0/8 [00:00<?, ?it/s]"]);
  bar.total = Number.POSITIVE_INFINITY;
  assert.equal(bar.total, null);
  bar.refresh();
  assert.deepEqual(terminal.lines, ["0it [00:00, ?it/s]"]);
});

test("what was done before is not in the rate", () => {
  const { bar, host, terminal } = barOn({ ...PLAIN, initial: 2 });
  host.work(1000);
  bar.update(1);
  assert.deepEqual(terminal.lines, [" 75% 3/4 [00:01<00:01,  1.00it/s]"]);
});

test("the line follows the terminal's width, or ncols where that fits", () => {
  const { bar, stderr, terminal } = barOn({ total: 4 }, { columns: 40 });
  assert.equal(terminal.lines[0], "  0%|            | 0/4 [00:00<?, ?it/s]");
  stderr.columns = 36;
  stderr.emit("resize");
  assert.equal(stderr.written.at(-1), `\r  0%|        | 0/4 [00:00<?, ?it/s]`);
  bar.close();
  const narrow = barOn({ total: 4, ncols: 200 }, { columns: 40 });
  assert.equal(narrow.terminal.lines[0], "  0%|            | 0/4 [00:00<?, ?it/s]");
  const given = barOn({ total: 4, ncols: 30 }, { columns: 40 });
  assert.equal(given.terminal.lines[0], "  0%|   | 0/4 [00:00<?, ?it/s]");
});

test("a write error turns the bar off; the work goes on", () => {
  const { bar, host, stderr } = barOn();
  stderr.failure = Object.assign(new Error("EIO"), { code: "EIO" });
  host.wait(1000);
  bar.update();
  stderr.failure = undefined;
  host.wait(1000);
  const writes = stderr.written.length;
  bar.update();
  bar.close();
  assert.deepEqual([bar.n, stderr.written.length, host.timers.size], [2, writes, 0]);
});

test("lines written between come out above the bar", () => {
  const { bar, display, host, terminal } = barOn();
  display.write("one");
  host.work(100);
  bar.update(2);
  display.write("a line longer than the bar, which is short, and its rest must not stay");
  bar.update(2);
  bar.close();
  assert.deepEqual(terminal.lines, [
    "one",
    "a line longer than the bar, which is short, and its rest mus",
    "t not stay",
    "100% 4/4 [00:00<00:00, 40.00it/s]",
  ]);
});

test("a bar still open when the process ends gets its last line", () => {
  const { bar, host, terminal } = barOn();
  bar.update(1);
  for (const work of host.exits) work();
  assert.equal(terminal.cursor[0], 1);
});

test("update takes finite numbers", () => {
  const { bar } = barOn();
  assert.throws(() => bar.update(Number.NaN), {
    name: "RangeError",
    message: "tqdm: expected update(n) to get a finite number; got NaN.",
  });
  assert.throws(() => bar.update("1" as unknown as number), /got "1"/);
  assert.throws(() => bar.reset(-1), /expected `total` to be/);
  assert.throws(() => {
    bar.total = Number.NaN;
  }, /expected `total` to be/);
  assert.throws(() => bar.setPostfix(5 as unknown as string), /expected `postfix` to be/);
  assert.equal(bar.n, 0);
});
