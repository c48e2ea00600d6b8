/** What a program leaves behind: a client in a process of its own, its server in this one. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { serve } from "./server.ts";

const client = fileURLToPath(new URL("./process-end-client.ts", import.meta.url));

test("nothing is left when a session is closed, and the process ends", async () => {
  await using server = await serve((request, response) => {
    if (request.url === "/half") response.writeHead(200, { "content-length": 100 }).write("half");
    else response.end("ok");
  });
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [client, server.origin], { timeout: 20_000 });
  assert.deepEqual([stdout, stderr], ["closed: \ndisposed of: \ncancelled: \n", ""]);
});
