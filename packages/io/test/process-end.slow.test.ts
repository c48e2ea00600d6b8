/** What a program leaves behind, in a process of its own. */
import assert from "node:assert/strict";
import { type ChildProcessByStdio, execFile, spawn } from "node:child_process";
import { connect } from "node:net";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const program = (name: string) => fileURLToPath(new URL(`./programs/${name}.ts`, import.meta.url));

test("a server that serves keeps the process alive and is no deadlock; closed it lets it end", async () => {
  const child: ChildProcessByStdio<null, Readable, Readable> = spawn(process.execPath, [program("served")], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise((resolve) => void child.on("close", resolve));
  let stderr = "";
  child.stderr.on("data", (data) => {
    stderr += data;
  });
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line);
    const port = /^port (\d+)$/.exec(line)?.[1];
    if (port !== undefined) connect(Number(port), "127.0.0.1").end("hello\n").resume();
  }
  assert.equal(await ended, 0);
  assert.deepEqual([lines.length, lines.at(-1), stderr], [2, "closed", ""]);
});

test("a writer that is collected unclosed is closed, and reported", async () => {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ["--expose-gc", program("unclosed")]);
  assert.equal(stderr, "");
  const reports: string[] = JSON.parse(stdout);
  assert.equal(reports.length, 1, stdout);
  assert.match(
    reports[0]!,
    /^a StreamWriter was never closed, and its connection is closed now: <SocketTransport .*>; write writer\.close\(\) in a finally, or `using`$/,
  );
});
