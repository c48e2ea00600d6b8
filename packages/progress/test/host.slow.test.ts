// The real thing: processes with pipes, and one on a pseudo-terminal.

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { onTerminal, TERMINAL } from "./pty.ts";
import { Terminal } from "./stage.ts";

const INDEX = new URL("../src/index.ts", import.meta.url).href;

function environment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith("TQDM_"));
  return { ...Object.fromEntries(own), TERM: "xterm", NO_COLOR: "1" };
}

function programArguments(body: string): string[] {
  return ["--input-type=module", "-e", `import { tqdm, write } from ${JSON.stringify(INDEX)};\n${body}`];
}

interface Ended {
  readonly code: number | string | null | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

function execute(file: string, args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(file, args, { env: environment(), timeout: 20_000 }, (error, stdout, stderr) => {
      resolve({ code: error ? error.code : 0, stdout, stderr });
    });
  });
}

/** What a person sees after the program has run on a terminal of 60 columns. */
async function screenOf(body: string, resizeTo?: number) {
  const { code, stdout } = await execute(...onTerminal([process.execPath, ...programArguments(body)], { resizeTo }));
  const terminal = new Terminal(60, 20);
  terminal.feed(stdout);
  return { code, lines: terminal.lines, cursor: terminal.cursor, sent: stdout };
}

test("on a terminal: lines above, the bar below, nothing left over", TERMINAL, async () => {
  const { code, lines, cursor } = await screenOf(`
    for (const item of tqdm(["CN", "国", "US"], { desc: "get", mininterval: 0 })) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      write(item + " saved, and the line is long enough to cover the bar");
      write(item + " noted", { file: process.stderr });
    }`);
  assert.equal(code, 0);
  assert.deepEqual(
    lines.slice(0, -1),
    ["CN", "国", "US"].flatMap((item) => [
      `${item} saved, and the line is long enough to cover the bar`,
      `${item} noted`,
    ]),
  );
  assert.match(lines.at(-1)!, /^get: 100%\|█+\| 3\/3 \[\d\d:\d\d<00:00, .*it\/s\]$/);
  assert.equal(lines.at(-1)!.length, 59);
  assert.deepEqual(cursor, [7, 0]);
});

test("on a terminal: two bars", TERMINAL, async () => {
  const { code, lines } = await screenOf(`
    for (const outer of tqdm([1, 2], { desc: "outer", mininterval: 0 })) {
      for (const inner of tqdm([1, 2, 3], { desc: "inner", leave: false, mininterval: 0 })) {
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    }`);
  assert.deepEqual([code, lines.length], [0, 1]);
  assert.match(lines[0]!, /^outer: 100%/);
});

test("on a terminal: a process that ends in the middle leaves a finished line", TERMINAL, async () => {
  const { code, lines, cursor, sent } = await screenOf(`
    for (const item of tqdm([1, 2])) process.exit(3);`);
  assert.deepEqual([code, lines.length, cursor], [3, 1, [1, 0]]);
  assert.match(lines[0]!, /^ {2}0%\|.*0\/2/);
  assert.equal(sent.includes("\x1b"), false, "no escape sequence, so nothing to undo");
});

test("on a terminal: a resize is followed", TERMINAL, async () => {
  const { code, sent } = await screenOf(
    `const bar = tqdm(null, { total: 2 });
    const deadline = setTimeout(() => process.exit(9), 10_000);
    process.stderr.once("resize", () => {
      clearTimeout(deadline);
      bar.close();
    });`,
    40,
  );
  assert.equal(code, 0);
  const drawn = sent.split(/[\r\n]+/).filter((line) => line.trim() !== "");
  assert.equal(drawn[0]!.length, 59);
  assert.equal(drawn.at(-1)!.length, 39);
});

test("in a pipe there is silence", async () => {
  const { code, stdout, stderr } = await execute(
    process.execPath,
    programArguments(`for (const item of tqdm(["a", "b"])) write(item);`),
  );
  assert.deepEqual([code, stdout, stderr], [0, "a\nb\n", ""]);
});

test("a bar that was never closed does not keep the process alive, and ends its line", async () => {
  const { code, stderr } = await execute(
    process.execPath,
    programArguments("tqdm(null, { total: 2, disable: false });"),
  );
  assert.equal(code, 0);
  assert.match(stderr, /0\/2 \[\d\d:\d\d<\?, \?it\/s\]\n$/);
});

test("a reader that goes away turns the bar off and not the program", async () => {
  const program = programArguments(`
    await new Promise((resolve) => process.stdin.once("data", resolve));
    process.stdin.destroy();
    for (const item of tqdm([1, 2, 3], { disable: false, mininterval: 0 })) await new Promise(setImmediate);
    console.log("done");`);
  const child = spawn(process.execPath, program, { env: environment(), stdio: "pipe" });
  child.stderr.destroy();
  await once(child.stderr, "close");
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.stdin.end("go");
  const [code] = await once(child, "close");
  assert.deepEqual([code, output], [0, "done\n"]);
});

test("a wrong variable ends the program with its name", async () => {
  const { code, stderr } = await execute(
    process.execPath,
    programArguments(`process.env.TQDM_NCOLS = "wide"; tqdm([1]);`),
  );
  assert.equal(code, 1);
  assert.match(stderr, /RangeError: tqdm: expected the environment variable TQDM_NCOLS to be a whole number/);
});

test(
  "on a terminal: an error that ends the process is printed beneath the line, and not into it",
  TERMINAL,
  async () => {
    const { code, lines } = await screenOf(`
    const bar = tqdm(null, { total: 2, desc: "get" });
    setTimeout(() => { throw new Error("the end"); }, 5);`);
    assert.equal(code, 1);
    assert.match(lines[0]!, /^get: .* 0\/2 \[[^\]]*\]$/);
    assert.ok(lines.some((line) => line.startsWith("Error: the end")));
  },
);

test("on a terminal: an error that is caught after all leaves the bar alone", TERMINAL, async () => {
  const { code, lines } = await screenOf(`
    process.on("uncaughtException", () => {
      bar.update(2);
      bar.close();
    });
    const bar = tqdm(null, { total: 2, desc: "get" });
    setTimeout(() => { throw new Error("not the end"); }, 5);`);
  assert.equal(code, 0);
  assert.deepEqual(lines.length, 1);
  assert.match(lines[0]!, /^get: 100%.* 2\/2 /);
});
