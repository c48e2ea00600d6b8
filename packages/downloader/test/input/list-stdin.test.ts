// The real standard input, which may be silent for ever.

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { openSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const READER = new URL("../../src/input/list-reader.ts", import.meta.url).href;

/** Prints what it reads, and stops reading when it was told to by the item "stop". */
const PROGRAM = `
import { createTask, run, sleep } from "yieldfrom";
import { openList } from ${JSON.stringify(READER)};
await run(function* () {
  using list = openList("-", { format: "lines" });
  let asked = 0;
  const reading = createTask(function* () {
    for (;;) {
      asked++;
      const batch = yield* list.next();
      if (batch === null) return;
      for (const { url, at } of batch) console.log(at, url);
      if (batch.at(-1).url === "stop") waiting = asked;
    }
  }());
  let waiting = -2;
  while (!reading.done() && asked !== waiting + 1) yield* sleep(1);
  reading.cancel();
  console.log("end");
});
`;

const CWD = fileURLToPath(new URL("../..", import.meta.url));

async function outputOf(child: ChildProcess): Promise<string> {
  let output = "";
  child.stdout?.on("data", (chunk) => {
    output += chunk;
  });
  const [code] = await once(child, "close");
  assert.equal(code, 0);
  return output;
}

const start = (stdin: "pipe" | number) =>
  spawn(process.execPath, ["--input-type=module", "-e", PROGRAM], { cwd: CWD, stdio: [stdin, "pipe", "inherit"] });

test("a pipe that stays open and silent does not keep a program that has stopped reading", async () => {
  const child = start("pipe");
  child.stdin?.write("http://a/1\nstop\n");
  try {
    assert.equal(await outputOf(child), "standard input:1 http://a/1\nstandard input:2 stop\nend\n");
  } finally {
    child.stdin?.destroy();
  }
});

test("a pipe to its end", async () => {
  const child = start("pipe");
  child.stdin?.end("http://a/1\nhttp://a/2");
  assert.equal(await outputOf(child), "standard input:1 http://a/1\nstandard input:2 http://a/2\nend\n");
});

test("a standard input that is a device with nothing in it", async () => {
  assert.equal(await outputOf(start(openSync("/dev/null", "r"))), "end\n");
});
