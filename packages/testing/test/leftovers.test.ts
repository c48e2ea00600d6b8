import assert from "node:assert/strict";
import { createServer } from "node:net";
import { test } from "node:test";
import { activeResources, leftovers } from "../src/index.ts";

test("nothing is left of what was closed", async () => {
  const before = activeResources();
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  server.close();
  assert.deepEqual(await leftovers(before), []);
});

test("what is open is named, and what was open before is not", async () => {
  const old = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => old.once("listening", resolve));
  const before = activeResources();
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  assert.match((await leftovers(before, { patience: 20 })).join(), /^TCP\w*$/i);
  old.close();
  server.close();
  assert.deepEqual(await leftovers(), []);
});

test("what does not keep the process alive is not counted", async () => {
  const before = activeResources();
  const timer = setTimeout(() => {}, 60_000).unref();
  assert.deepEqual(await leftovers(before), []);
  clearTimeout(timer);
});
