import assert from "node:assert/strict";
import { test } from "node:test";
import { Display, isDrawable, type Row, Screen } from "../src/draw.ts";
import { FakeHost, FakeStream, Terminal } from "./stage.ts";

class Text implements Row {
  text: string;

  constructor(text: string) {
    this.text = text;
  }

  render(): string {
    return this.text;
  }
}

/** The row's name and the columns it was given. */
const ruler = (name: string): Row => ({ render: (columns) => `${name} ${columns}` });

test("drawable is a terminal that can move its cursor", () => {
  assert.equal(isDrawable({ write: () => true, isTTY: true }, {}), true);
  assert.equal(isDrawable({ write: () => true, isTTY: true }, { TERM: "xterm" }), true);
  assert.equal(isDrawable({ write: () => true, isTTY: true }, { TERM: "dumb" }), false);
  assert.equal(isDrawable({ write: () => true }, { TERM: "xterm" }), false);
});

test("a shorter line covers the rest of the longer one", () => {
  const stream = new FakeStream();
  const screen = new Screen(stream);
  const row = new Text("国旗国旗 long");
  screen.add(row);
  row.text = "short";
  screen.paint(row, false);
  assert.deepEqual(stream.terminal.lines, ["short"]);
  assert.equal(stream.written.at(-1), `\rshort${" ".repeat(8)}`);
});

test("an unchanged line is not sent again unless asked for", () => {
  const stream = new FakeStream();
  const screen = new Screen(stream);
  const row = new Text("same");
  screen.add(row);
  screen.paint(row, false);
  assert.equal(stream.written.length, 1);
  screen.paint(row, true);
  assert.equal(stream.written.length, 2);
});

test("a line is one column short of the screen, so that it never wraps", () => {
  const stream = new FakeStream({ columns: 10 });
  const screen = new Screen(stream);
  screen.add(new Text("0123456789abcdef"));
  assert.deepEqual(stream.terminal.lines, ["012345678"]);
});

test("bars are stacked, each painted in its own line, the cursor on the first", () => {
  const stream = new FakeStream();
  const screen = new Screen(stream);
  const rows = ["one", "two", "three"].map((text) => new Text(text));
  for (const row of rows) screen.add(row);
  rows[1]!.text = "zwei";
  screen.paint(rows[1]!, false);
  rows[0]!.text = "eins";
  screen.paint(rows[0]!, false);
  assert.deepEqual(stream.terminal.lines, ["eins", "zwei", "three"]);
  assert.equal(stream.terminal.cursor[0], 0);
});

test("at the bottom of the screen the stack scrolls and stays in place", () => {
  const stream = new FakeStream({ rows: 5 });
  stream.terminal.feed("a\nb\nc\nd\n");
  const screen = new Screen(stream);
  const rows = ["one", "two", "three"].map((text) => new Text(text));
  for (const row of rows) screen.add(row);
  rows[2]!.text = "drei";
  screen.paint(rows[2]!, false);
  assert.deepEqual(stream.terminal.lines, ["a", "b", "c", "d", "one", "two", "drei"]);
});

test("a bar's last line stays above those that go on; one that leaves none closes the gap", () => {
  const stream = new FakeStream();
  const screen = new Screen(stream);
  const rows = ["outer", "inner one", "inner two"].map((text) => new Text(text));
  for (const row of rows) screen.add(row);
  screen.remove(rows[1]!, "inner one done");
  assert.deepEqual(stream.terminal.lines, ["inner one done", "outer", "inner two"]);
  screen.remove(rows[2]!, null);
  assert.deepEqual(stream.terminal.lines, ["inner one done", "outer"]);
  screen.remove(rows[0]!, "outer done");
  assert.deepEqual(stream.terminal.lines, ["inner one done", "outer done"]);
  assert.deepEqual(stream.terminal.cursor, [2, 0]);
});

test("the last bar that leaves nothing leaves an empty line with the cursor at its start", () => {
  const stream = new FakeStream();
  const screen = new Screen(stream);
  const row = new Text("gone");
  screen.add(row);
  screen.remove(row, null);
  assert.deepEqual([stream.terminal.lines, stream.terminal.cursor], [[""], [0, 0]]);
});

test("bars beyond the height of the screen are hidden, and come up when there is room", () => {
  const stream = new FakeStream({ rows: 4 });
  const screen = new Screen(stream);
  const rows = ["1", "2", "3", "4", "5"].map((text) => new Text(text));
  for (const row of rows) screen.add(row);
  assert.deepEqual(stream.terminal.lines, ["1", "2", " ... (more hidden) ..."]);
  rows[4]!.text = "five";
  screen.paint(rows[4]!, true);
  screen.paint(rows[2]!, true);
  assert.deepEqual(stream.terminal.lines, ["1", "2", " ... (more hidden) ..."]);
  screen.remove(rows[0]!, null);
  screen.remove(rows[1]!, null);
  assert.deepEqual(stream.terminal.lines, ["3", "4", "five"]);
});

test("a screen of one or two lines shows the first bar", () => {
  for (const rows of [1, 2]) {
    const stream = new FakeStream({ rows });
    const screen = new Screen(stream);
    screen.add(new Text("first"));
    screen.add(new Text("second"));
    assert.deepEqual(stream.terminal.lines, ["first"]);
  }
});

test("a resize repaints in the new width, and does not pad past the new edge", () => {
  const stream = new FakeStream({ columns: 60 });
  const screen = new Screen(stream);
  const long = new Text("x".repeat(59));
  screen.add(long);
  screen.add(ruler("width"));
  assert.deepEqual(stream.terminal.lines, ["x".repeat(59), "width 59"]);
  stream.columns = 20;
  long.text = "short";
  stream.emit("resize");
  assert.equal(stream.written.at(-1), `\rshort${" ".repeat(14)}\n\rwidth 19\x1b[A`);
});

test("the resize listener lives as long as the bars", () => {
  const stream = new FakeStream();
  const screen = new Screen(stream);
  const rows = [new Text("a"), new Text("b")];
  for (const row of rows) screen.add(row);
  assert.equal(stream.listenerCount, 1);
  for (const row of rows) screen.remove(row, null);
  assert.equal(stream.listenerCount, 0);
});

test("a width or height of 0, as some pseudo-terminals say, is an unknown one", () => {
  const stream = new FakeStream({ columns: 0, rows: 0, terminal: new Terminal() });
  const screen = new Screen(stream);
  screen.add(ruler("a"));
  screen.add(ruler("b"));
  assert.deepEqual(stream.terminal.lines, ["a null", "b null"]);
});

test("after a write error the screen stays silent", () => {
  const stream = new FakeStream();
  const screen = new Screen(stream);
  const row = new Text("a");
  stream.failure = new Error("EIO");
  screen.add(row);
  stream.failure = undefined;
  screen.paint(row, true);
  screen.remove(row, "a");
  assert.deepEqual(stream.written, []);
});

test("an error that arrives later is taken from the stream's listeners once", () => {
  class Late extends FakeStream {
    override write(text: string, done?: (error?: Error | null) => void): boolean {
      this.written.push(text);
      done?.(new Error("EPIPE"));
      return false;
    }
  }
  const stream = new Late();
  const screen = new Screen(stream);
  const row = new Text("a");
  screen.add(row);
  assert.equal(stream.listeners.get("error")?.size, 1);
  stream.emit("error");
  assert.equal(stream.listeners.get("error")?.size, 0);
  screen.paint(row, true);
  assert.equal(stream.written.length, 1);
});

test("a line written meanwhile comes out above the bars of its terminal", () => {
  const host = new FakeHost();
  const display = new Display(host);
  const outer = new Text("outer");
  const screen = display.add(host.stderr, outer);
  display.add(host.stderr, new Text("inner"));
  display.write("to standard output");
  display.write("two\nlines", host.stderr);
  outer.text = "outer 2";
  screen.paint(outer, false);
  assert.deepEqual(host.stderr.terminal.lines, ["to standard output", "two", "lines", "outer 2", "inner"]);
  assert.deepEqual(host.stdout.written, ["to standard output\n"]);
});

test("a line of the bars' own stream is one write with them, if it fits into a line of the screen", () => {
  const host = new FakeHost({ columns: 20, rows: 5 });
  const display = new Display(host);
  display.add(host.stderr, new Text("the first bar"));
  display.add(host.stderr, new Text("bar 2"));
  const expected: string[] = [];
  for (const line of ["", "short", "longer than the bar", "漢字漢字漢字漢字漢", "x", "y", "z"]) {
    const before = host.stderr.written.length;
    display.write(line, host.stderr);
    assert.equal(host.stderr.written.length, before + 1, line);
    expected.push(line);
    assert.deepEqual(host.stderr.terminal.lines, [...expected, "the first bar", "bar 2"]);
  }
  display.write("a line that is longer than the screen is wide", host.stderr);
  expected.push("a line that is longe", "r than the screen is", " wide");
  display.write("a\nb", host.stderr);
  assert.deepEqual(host.stderr.terminal.lines, [...expected, "a", "b", "the first bar", "bar 2"]);
});

test("a line for a pipe leaves the terminal alone", () => {
  const host = new FakeHost();
  const pipe = new FakeStream({ isTTY: false });
  const display = new Display(host);
  display.add(host.stderr, new Text("bar"));
  display.write("data", pipe);
  assert.deepEqual([pipe.written, host.stderr.written.length], [["data\n"], 1]);
});

test("bars come back when the line could not be written", () => {
  const host = new FakeHost();
  const display = new Display(host);
  display.add(host.stderr, new Text("bar"));
  host.stdout.failure = new Error("disk full");
  assert.throws(() => display.write("line"), /disk full/);
  assert.deepEqual(host.stderr.terminal.lines, ["bar"]);
});

test("one timer and one exit hook for all that live, and none after them", () => {
  const host = new FakeHost();
  const display = new Display(host);
  const ticks: string[] = [];
  for (const name of ["a", "b"]) {
    const live = { tick: () => void ticks.push(name), close: () => display.close(live) };
    display.open(live);
  }
  assert.deepEqual([host.timers.size, host.exits.size], [1, 1]);
  host.wait(100);
  assert.deepEqual(ticks, ["a", "b"]);
  for (const work of host.exits) work();
  assert.deepEqual([host.timers.size, host.exits.size], [0, 0]);
});
