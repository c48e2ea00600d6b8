import assert from "node:assert/strict";
import { test } from "node:test";
import { Bar } from "../src/bar.ts";
import { LiveLines, type Space } from "../src/live-lines.ts";
import { stage } from "./stage.ts";

test("lines are drawn ten times a second, and only what changed is written", () => {
  const surroundings = stage();
  const { host, terminal, stderr } = surroundings;
  let lines = ["one", "two"];
  const live = new LiveLines(() => lines, {}, surroundings);
  assert.deepEqual(terminal.lines, ["one", "two"]);
  assert.deepEqual(terminal.cursor[0], 0);
  const writes = stderr.written.length;
  host.wait(300);
  assert.equal(stderr.written.length, writes);
  lines = ["one", "2"];
  host.wait(99);
  host.wait(1);
  assert.deepEqual(terminal.lines, ["one", "2"]);
  assert.equal(stderr.written.length, writes + 1);
  live.close();
  assert.deepEqual(terminal.lines, [""]);
  assert.equal(host.timers.size + host.exits.size + stderr.listenerCount, 0);
});

test("lines come and go", () => {
  const surroundings = stage();
  let lines: string[] = [];
  const live = new LiveLines(() => lines, {}, surroundings);
  assert.equal(live.isShown, false);
  for (const next of [["a"], ["a", "b", "c"], ["x"], [], ["long line", "b"], ["s"]]) {
    lines = next;
    surroundings.host.wait(100);
    assert.deepEqual(surroundings.terminal.lines, next.length > 0 ? next : [""]);
    assert.equal(live.isShown, next.length > 0);
  }
  live.close("the last");
  live.close("another");
  assert.deepEqual(surroundings.terminal.lines, ["the last"]);
  assert.deepEqual(surroundings.terminal.cursor, [1, 0]);
});

test("nothing is shown before the delay, but lines are asked for", () => {
  const surroundings = stage();
  let asked = 0;
  const lines = () => [`line ${++asked}`];
  const live = new LiveLines(lines, { delay: 500 }, surroundings);
  surroundings.host.wait(499);
  assert.equal(surroundings.stderr.written.length, 0);
  assert.equal(asked, 5);
  surroundings.host.wait(1);
  assert.deepEqual(surroundings.terminal.lines, ["line 6"]);
  live.close();
  const ended = stage();
  new LiveLines(lines, { delay: 500 }, ended).close("last");
  assert.equal(ended.stderr.written.length, 0, "a job that ends sooner shows nothing");
});

test("they are told of the space there is, at a resize too, and are cut to it", () => {
  const surroundings = stage({ columns: 20, rows: 10 });
  const { stderr, terminal } = surroundings;
  const spaces: Space[] = [];
  const live = new LiveLines(
    (space) => {
      spaces.push(space);
      return ["x".repeat(space.columns ?? 0), "y".repeat(100)];
    },
    {},
    surroundings,
  );
  assert.deepEqual(spaces.at(-1), { columns: 19, rows: 9, ascii: false });
  assert.deepEqual(terminal.lines, ["x".repeat(19), "y".repeat(19)]);
  stderr.columns = 11;
  stderr.rows = 5;
  stderr.emit("resize");
  assert.deepEqual(spaces.at(-1), { columns: 10, rows: 4, ascii: false });
  assert.deepEqual(stderr.written.at(-1), `\r${"x".repeat(10)}\n\r${"y".repeat(10)}\x1b[A`);
  live.close();
  const unknown = stage();
  unknown.host.env = { LANG: "de_DE.ISO-8859-1" };
  unknown.stderr.columns = undefined;
  unknown.stderr.rows = undefined;
  new LiveLines((space) => [String(spaces.push(space))], {}, unknown).close();
  assert.deepEqual(spaces.at(-1), { columns: null, rows: null, ascii: true });
});

test("they share the terminal with bars and with what is printed", () => {
  const surroundings = stage();
  const bar = new Bar({ total: 2, desc: "bar", ncols: 0 }, surroundings);
  const live = new LiveLines(() => ["one", "two"], {}, surroundings);
  surroundings.display.write("printed", surroundings.stdout);
  assert.deepEqual(surroundings.terminal.lines.slice(0, 1), ["printed"]);
  assert.match(surroundings.terminal.lines[1]!, /^bar: {3}0% 0\/2/);
  assert.deepEqual(surroundings.terminal.lines.slice(2), ["one", "two"]);
  bar.close();
  live.close();
  assert.equal(surroundings.host.timers.size, 0);
});

test("the end of the process takes them away", () => {
  const surroundings = stage();
  new LiveLines(() => ["one", "two"], {}, surroundings);
  for (const exit of surroundings.host.exits) exit();
  assert.deepEqual(surroundings.terminal.lines, [""]);
  assert.equal(surroundings.host.timers.size, 0);
});

test("a block that is left closes them", () => {
  const surroundings = stage();
  assert.throws(() => {
    using _live = new LiveLines(() => ["one"], {}, surroundings);
    throw new Error("out");
  }, /out/);
  assert.deepEqual(surroundings.terminal.lines, [""]);
});
