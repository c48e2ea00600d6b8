import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

test("the program in the README runs as printed", async () => {
  const [, program] = /```ts\n(.*?)```/s.exec(readFileSync(join(root, "README.md"), "utf8")) ?? [];
  assert.ok(program, "the README shows a program");
  const server = createServer((request, response) => {
    if (request.url === "/cut") response.destroy();
    else response.end("12345");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  // Inside the checkout, so that it finds the packages.
  const folder = mkdtempSync(join(root, "examples", "readme-"));
  try {
    writeFileSync(join(folder, "program.ts"), `${program}\nconsole.log("bytes", bytes);\n`);
    const child = spawn(process.execPath, [join(folder, "program.ts"), `${base}/a`, `${base}/cut`, `${base}/b`]);
    const printed = { stdout: "", stderr: "" };
    child.stdout.on("data", (data) => {
      printed.stdout += data;
    });
    child.stderr.on("data", (data) => {
      printed.stderr += data;
    });
    const [code] = await once(child, "close");
    assert.deepEqual([code, printed.stdout], [0, "bytes 10\n"], printed.stderr);
    assert.match(printed.stderr, /^ServerDisconnectedError: GET .*\/cut/m);
  } finally {
    rmSync(folder, { recursive: true });
    server.close();
  }
});
