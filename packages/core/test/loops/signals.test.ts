import assert from "node:assert/strict";
import { test } from "node:test";
import { coroutine, HostEventLoop, sleep } from "yieldfrom";
import { FakeHost } from "./fake-host.ts";

test("a signal's callback runs through the loop, with its arguments; a second one takes the first one's place", async () => {
  const host = new FakeHost();
  const loop = new HostEventLoop(host);
  const log: string[] = [];
  loop.addSignalHandler("SIGHUP", () => log.push("never"));
  loop.addSignalHandler("SIGHUP", (text: string) => log.push(text), "reload");
  const done = loop.runUntilComplete(loop.createTask(sleep(10)));
  host.run(5);
  host.signals.get("SIGHUP")!();
  assert.deepEqual(log, [], "not within the signal");
  host.run();
  assert.deepEqual(log, ["reload"]);
  assert.equal(loop.removeSignalHandler("SIGHUP"), true);
  assert.equal(loop.removeSignalHandler("SIGHUP"), false);
  assert.equal(host.signals.size, 0);
  await done;
  loop.addSignalHandler("SIGHUP", () => {});
  loop.close();
  assert.equal(host.signals.size, 0, "closing the loop removes what is left");
  assert.throws(() => loop.addSignalHandler("SIGHUP", () => {}), { name: "RuntimeError", message: /closed/ });
});

test("what can't be a handler, and what is no signal, is named", () => {
  const loop = new HostEventLoop(new FakeHost());
  assert.throws(() => loop.addSignalHandler("SIGHUP", 5 as never), {
    name: "TypeError",
    message: "Expected a callback function, got 5",
  });
  const reload = coroutine(function* reload() {});
  assert.throws(() => loop.addSignalHandler("SIGHUP", reload), {
    name: "TypeError",
    message: "addSignalHandler() takes a plain function, got the coroutine function reload: call createTask() in one",
  });
  assert.throws(() => loop.addSignalHandler("hello", () => {}), {
    name: "RangeError",
    message: "hello is no signal that can be handled",
  });
  const bare = new FakeHost();
  bare.onSignal = () => undefined as never;
  const deaf = new HostEventLoop(bare);
  assert.throws(() => deaf.addSignalHandler("SIGHUP", () => {}), { name: "RuntimeError", message: /no signals/ });
});

test("a real signal reaches the callback", async () => {
  const loop = new HostEventLoop();
  const future = loop.createFuture<string>();
  // Not SIGUSR2: a test process answers that one with a report file as well.
  loop.addSignalHandler("SIGHUP", () => future.setResult("got it"));
  setImmediate(() => process.kill(process.pid, "SIGHUP"));
  assert.equal(await loop.runUntilComplete(future), "got it");
  const before = process.listenerCount("SIGHUP");
  loop.close();
  assert.equal(process.listenerCount("SIGHUP"), before - 1);
});
