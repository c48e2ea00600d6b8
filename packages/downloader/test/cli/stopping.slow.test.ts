import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import type { RequestListener } from "node:http";
import { join } from "node:path";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { TERMINAL } from "../../../progress/test/pty.ts";
import { Terminal } from "../../../progress/test/stage.ts";
import { commandOnTerminal, emptyFolder, PROGRAM, run, runOnTerminal, serve, start, startCommand } from "./program.ts";

/** Answers `/quick` at once, and of all else sends a part; `held` resolves once `count` are waited for. */
function halves(count: number): { readonly listener: RequestListener; readonly held: Promise<void> } {
  const { promise: held, resolve } = Promise.withResolvers<void>();
  let waiting = 0;
  const listener: RequestListener = ({ url = "" }, response) => {
    if (url.startsWith("/quick")) response.end("quick");
    else {
      response.writeHead(200, { "Content-Length": 1_000_000, ETag: '"1"' });
      response.write("x".repeat(300_000), () => ++waiting === count && resolve());
    }
  };
  return { listener, held };
}

describe("the first signal", () => {
  for (const [signal, exit] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const) {
    test(`${signal} puts everything away, says how to go on, and ends as by the signal, ${exit} to a shell`, async (t) => {
      const folder = emptyFolder(t);
      const { listener, held } = halves(2);
      const base = await serve(t, listener);
      const list = [`${base}/quick1`, `${base}/a`, `${base}/b`, `${base}/c`, `${base}/d`];
      writeFileSync(join(folder, "urls"), `${list.join("\n")}\n`);
      const args = ["-m2", "-i", "urls", "-d", "out", "--failed", "failed", "--report", "report"];
      const program = start(t, folder, ...args);
      await held;
      program.kill(signal);
      const { stdout, stderr, code, signal: endedBy } = await program.ended;
      // So that a shell ends its loop or script, too.
      assert.deepEqual([endedBy, code, stdout], [signal, exit, ""], stderr);
      assert.match(
        stderr.replace(/\d+ kB/, "N kB"),
        new RegExp(
          "^Stopping; what is there is kept. Once more leaves at once.\n" +
            "Interrupted: 2 files cut short( \\(N kB kept\\))?, 2 not begun\n" +
            "1 saved \\(5 B\\) in \\S+ s\n" +
            "To go on: download-many -m2 -i urls -d out --failed failed --report report\n$",
        ),
      );
      const failed = readFileSync(join(folder, "failed"), "utf8").split("\n");
      assert.deepEqual(failed.sort(), ["", ...list.slice(1, 3)]);
      const records = readFileSync(join(folder, "report"), "utf8").trimEnd().split("\n");
      assert.deepEqual(
        records.map((line) => JSON.parse(line).type),
        ["done", "failed", "failed", "end"],
      );
      assert.deepEqual(
        readdirSync(join(folder, "out")).filter((name) => !name.startsWith(".")),
        ["quick1"],
      );
    });
  }

  test("a list that was to be replaced by what failed stays", async (t) => {
    const folder = emptyFolder(t);
    const { listener, held } = halves(1);
    const base = await serve(t, listener);
    const list = `${base}/quick\n${base}/a\n`;
    writeFileSync(join(folder, "urls"), list);
    const program = start(t, folder, "-i", "urls", "--failed", "./urls");
    await held;
    program.kill("SIGINT");
    assert.equal((await program.ended).code, 130);
    assert.equal(readFileSync(join(folder, "urls"), "utf8"), list);
    assert.deepEqual(
      readdirSync(folder).filter((name) => !name.startsWith(".")),
      ["quick", "urls"],
    );
  });

  test("while a list is waited for", async (t) => {
    const base = await serve(t, halves(1).listener);
    const folder = emptyFolder(t);
    const program = start(t, folder, "-v", "-i", "-", "--format", "lines");
    program.stdin.write(`${base}/quick\n`);
    await new Promise<void>((resolve) => program.stderr.once("data", () => resolve()));
    program.kill("SIGINT");
    const { stderr, code } = await program.ended;
    assert.equal(code, 130);
    assert.match(stderr, /\nInterrupted: the rest of the list was not begun\n1 saved \(5 B\)/);
    assert.match(stderr, /\nTo go on, with the same list: download-many -v -i - --format lines\n$/);
  });

  test("the run that goes on ends as if nothing had been", async (t) => {
    const folder = emptyFolder(t);
    let isSlow = true;
    const { promise: held, resolve } = Promise.withResolvers<void>();
    const body = Buffer.from(Array.from({ length: 100_000 }, (_, index) => index % 251));
    const base = await serve(t, (_, response) => {
      response.writeHead(200, { "Content-Length": body.length });
      if (isSlow) response.write(body.subarray(0, 50_000), () => resolve());
      else response.end(body);
    });
    const program = start(t, folder, `${base}/file`);
    await held;
    program.kill("SIGINT");
    assert.equal((await program.ended).code, 130);
    isSlow = false;
    const { stderr, code } = await run(t, folder, `${base}/file`);
    assert.equal(code, 0, stderr);
    assert.ok(readFileSync(join(folder, "file")).equals(body));
  });
});

test("the second signal leaves at once, when everything was restored; one that comes twice is no second one", async (t) => {
  const module = new URL("../../src/cli/interrupts.ts", import.meta.url);
  const script = `
    const { Interrupts } = await import(${JSON.stringify(module.href)});
    const say = (text) => require("node:fs").writeSync(1, text + "\\n");
    const interrupts = new Interrupts(() => say("first"), () => say("second"));
    interrupts.signal.addEventListener("abort", () => say(interrupts.signal.reason.message));
    setInterval(() => {}, 1000); // Something that does not end.
    say("ready");`.replace('require("node:fs")', 'process.getBuiltinModule("node:fs")');
  const program = startCommand(
    t,
    fileURLToPath(new URL(".", module)),
    process.execPath,
    "--input-type=module",
    "-e",
    script,
  );
  const said = (text: string) =>
    new Promise<void>((resolve) => {
      let all = "";
      program.stdout.on("data", (chunk) => {
        all += chunk;
        if (all.includes(text)) resolve();
      });
    });
  await said("ready");
  program.kill("SIGINT");
  await said("first");
  // npm passes on what came from the terminal already.
  program.kill("SIGINT");
  await sleep(400);
  program.kill("SIGTERM");
  const { stdout, stderr, signal } = await program.ended;
  assert.deepEqual([signal, stderr], ["SIGTERM", ""]);
  assert.equal(stdout, "ready\nstopped by SIGINT\nfirst\nsecond\n");
});

describe("on a terminal", TERMINAL, () => {
  test("Ctrl-C ends the loop of a shell around it", async (t) => {
    const folder = emptyFolder(t);
    const base = await serve(t, halves(1).listener);
    const script = 'for i in 1 2; do "$0" "$1" "$2/slow"; echo "and on"; done';
    const shell = ["/bin/bash", "-c", script, process.execPath, PROGRAM, base];
    const { stdout } = await commandOnTerminal(t, folder, "get:", ...shell);
    assert.match(stdout, /To go on/);
    assert.doesNotMatch(stdout, /and on/);
  });

  test("Ctrl-C leaves the bar as it was, and a line that can be typed on", async (t) => {
    const folder = emptyFolder(t);
    const base = await serve(t, halves(1).listener);
    const { stdout, code } = await runOnTerminal(t, folder, "get:", `${base}/quick`, `${base}/slow`);
    assert.equal(code, 130);
    const terminal = new Terminal(80, 24);
    terminal.feed(stdout);
    // The terminal echoes ^C behind the bar, which may be on two lines by that.
    const [bar = "", ...lines] = terminal.lines.slice(terminal.lines.findLastIndex((line) => line.startsWith("get:")));
    assert.match(bar, /^get: +\d+%\|.*\| 1\/2 \[00:0\d<.*\]/);
    assert.deepEqual(
      lines.map((line) =>
        line
          .replace(/\d+ kB/, "N kB")
          .replace(/in \S+ s/, "in T")
          .trim(),
      ),
      [
        "Stopping; what is there is kept. Once more leaves at once.",
        "Interrupted: 1 file cut short (N kB kept)",
        "1 saved (5 B) in T",
        `To go on: download-many ${base}/quick ${base}/slow`,
      ],
    );
    assert.equal(terminal.cursor[1], 0);
  });

  test("what --json prints and the bar make room for each other", async (t) => {
    const folder = emptyFolder(t);
    const base = await serve(t, (_, response) => {
      response.writeHead(200, { "Content-Length": 2 }).write("x");
      setTimeout(() => response.end("y"), 900);
    });
    const { stdout, code } = await runOnTerminal(t, folder, "", "--json", `${base}/slow`);
    assert.equal(code, 0);
    assert.match(stdout, /get: +\d+%/);
    const terminal = new Terminal(10_000, 24);
    terminal.feed(stdout);
    const types = terminal.lines.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line).type);
    assert.deepEqual(types, ["start", "done", "end"]);
  });
});

test("a reader that has seen enough ends it quietly, as it does cat", async (t) => {
  const folder = emptyFolder(t);
  const base = await serve(t, (_, response) => void response.end("x"));
  const command = `"$0" "$1" --json "$2" | head -n 1; echo \${PIPESTATUS[0]}`;
  const { stdout, stderr } = await startCommand(
    t,
    folder,
    "bash",
    "-c",
    command,
    process.execPath,
    PROGRAM,
    `${base}/{1..100000}`,
  ).ended;
  assert.equal(stderr, "");
  assert.match(stdout, /^\{.*\}\n141\n$/);
});
