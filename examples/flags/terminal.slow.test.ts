import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { assertHolds, emptyFolder, serve } from "./test-program.ts";
import { noTerminal, runInTerminal, shown } from "./test-terminal.ts";

const FULL = /^100%\|█+\| (\d+)\/\1 \[\d\d:\d\d<00:00, +\d+\.\d\dflag\/s\]$/;
const COUNTS = /^\d+ downloaded, \d+ not found, \d+ errors, \d+\.\d\d s elapsed$/;

describe("in a terminal", { skip: noTerminal, concurrency: 2 }, () => {
  for (const mode of ["sequential", "threads", "completed"]) {
    test(`${mode} draws a bar that stays, and the counts below it`, async (t) => {
      const { url } = await serve(t, { mode: "DELAY", minDelay: 5, maxDelay: 10 });
      const args = ["--mode", mode, "--limit", "8", "-m", "2", "--server", url, "--output", await emptyFolder(t)];
      const { stdout, code } = await runInTerminal(t, "", ...args);
      assert.match(stdout, /\r[a-z :]* 0%\| +\| 0\/8 \[00:00<\?, \?flag\/s\]/);
      const [bar = "", counts = "", ...rest] = shown(stdout);
      assert.match(bar.replace(/^one by one: /, ""), FULL);
      assert.match(counts, COUNTS);
      assert.deepEqual([rest, code], [[""], 0]);
    });
  }

  test("lines come out above the bar", async (t) => {
    const { url } = await serve(t, { mode: "ERROR", minDelay: 0, maxDelay: 5 });
    const args = ["--mode", "completed", "--server", url, "--output", await emptyFolder(t)];
    const { stdout, code } = await runInTerminal(t, "", "-v", ...args);
    const lines = shown(stdout);
    assert.deepEqual([lines.pop(), code], ["", 1]);
    assert.match(lines.pop() ?? "", COUNTS);
    assert.match(lines.pop() ?? "", FULL);
    // The messages are longer than the line: a terminal wraps them.
    for (const line of lines) assert.match(line, /^[A-Z]{2}: (ok, \d+ bytes, \d+ ms$|GET http:)/);
    assert.equal(new Set(lines.map((line) => line.slice(0, 2))).size, 20);
  });

  test("Ctrl-C ends the bar's line", async (t) => {
    const { url } = await serve(t, { mode: "DELAY", minDelay: 100, maxDelay: 100 });
    const folder = await emptyFolder(t);
    const args = ["-v", "-m", "1", "--mode", "completed", "--server", url, "--output", folder];
    const { stdout, code } = await runInTerminal(t, "IN: ok", ...args);
    const [cn, india, bar = "", last = "", ...rest] = shown(stdout);
    assert.match(cn ?? "", /^CN: ok, /);
    assert.match(india ?? "", /^IN: ok, /);
    // The terminal itself writes ^C where the cursor is, at the end of the bar.
    assert.match(bar, /^ 10%\|█+ +\| 2\/20 \[.*flag\/s\](\^C)?$/);
    assert.equal(last, `Interrupted: 2 of 20 flags are saved in ${folder}`);
    assert.deepEqual([rest, code], [[""], 130]);
    await assertHolds(folder, ["CN", "IN"]);
  });
});
