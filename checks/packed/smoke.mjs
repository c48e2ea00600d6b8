// Run by checks/packed.ts in a folder where the packed packages are installed.
import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { promisify } from "node:util";
import { ProcessPoolExecutor, ThreadPoolExecutor, workerModule } from "@yieldfrom/executors";
import { ClientSession, serve } from "@yieldfrom/http";
import { openConnection, runProcess, startServer } from "@yieldfrom/io";
import { cancelEverywhere } from "@yieldfrom/testing";
import { tqdm } from "@yieldfrom/tqdm";
import { downloadMany } from "download-many";
import * as asyncio from "yieldfrom";

// First of all: tasks made before the first use run where Node 22 keeps what is stored, and later ones do not.
const user = new AsyncLocalStorage();
const users = await asyncio.run(function* () {
  function* enter(name) {
    if (name !== undefined) user.enterWith(name);
    yield* asyncio.sleep(0);
    return user.getStore();
  }
  const tasks = ["ann", undefined, "bob"].map((name) => asyncio.createTask(enter(name)));
  user.run("somebody else", () => {});
  return yield* asyncio.gather(tasks);
});
assert.deepEqual(users, ["ann", undefined, "bob"]);

const jobs = workerModule(new URL("./jobs.mjs", import.meta.url));
const server = createServer((_, response) => response.end("hello")).listen(0, "127.0.0.1");
await once(server, "listening");
const result = await asyncio.run(function* () {
  const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const session = new ClientSession();
  try {
    const response = yield* session.get(`http://127.0.0.1:${server.address().port}/`);
    const text = yield* response.text();
    const doubled = yield* asyncio.getRunningLoop().runInExecutor(pool, jobs.double, 21);
    return [text, doubled, [...tqdm([1, 2, 3])].length];
  } finally {
    yield* session.close();
    yield* pool.shutdown();
  }
});

// The command, as npm has installed it, and its library.
const download = (...args) => promisify(execFile)(process.execPath, ["node_modules/.bin/download-many", ...args]);
const { version } = JSON.parse(readFileSync("node_modules/download-many/package.json", "utf8"));
assert.equal((await download("--version")).stdout, `download-many ${version}\n`);
const address = `http://127.0.0.1:${server.address().port}/hello.txt`;
const dir = mkdtempSync("out-");
try {
  assert.match((await download("-d", dir, address)).stderr, /^1 saved \(5 B\)/);
  assert.equal(readFileSync(`${dir}/hello.txt`, "utf8"), "hello");
  const { skipped } = await asyncio.run(downloadMany([address], { dir }));
  assert.equal(skipped, 1);
} finally {
  rmSync(dir, { recursive: true });
}
server.close();
assert.deepEqual(result, ["hello", 42, 3]);

function* echo(reader, writer) {
  writer.write(yield* reader.readLine());
  yield* writer.drain();
  writer.close();
}
const others = await asyncio.run(function* () {
  const echoServer = yield* startServer(echo, "127.0.0.1", 0);
  const [reader, writer] = yield* openConnection("127.0.0.1", echoServer.port);
  writer.write("over there\n");
  const line = yield* reader.readLine();
  writer.close();
  yield* writer.waitClosed();
  echoServer.close();
  yield* echoServer.waitClosed();
  const { stdout } = yield* runProcess(process.execPath, ["-p", "6 * 7"]);

  const web = yield* serve(() => new Response("served"), { port: 0 });
  const session = new ClientSession();
  const pool = new ProcessPoolExecutor({ maxWorkers: 1 });
  try {
    const response = yield* session.get(web.url);
    const [text, doubled] = [yield* response.text(), yield* pool.submit(jobs.double, 4)];
    return [String(line), String(stdout), text, doubled];
  } finally {
    yield* session.close();
    yield* pool.shutdown();
    yield* web.shutdown();
  }
});
assert.deepEqual(others, ["over there\n", "42\n", "served", 8]);
assert.equal(await cancelEverywhere(() => asyncio.sleep(1)), 3);
console.log(`packed: works on node ${process.version}`);
