import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { HostEventLoop } from "yieldfrom";

test("a real signal reaches the callback", async () => {
  const loop = new HostEventLoop();
  const future = loop.createFuture<string>();
  loop.addSignalHandler("SIGHUP", () => future.setResult("got it"));
  setImmediate(() => process.kill(process.pid, "SIGHUP"));
  assert.equal(await loop.runUntilComplete(future), "got it");
  const before = process.listenerCount("SIGHUP");
  loop.close();
  assert.equal(process.listenerCount("SIGHUP"), before - 1);
});
