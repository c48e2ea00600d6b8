import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { test } from "node:test";
import { ContextVar, coroutine, HostEventLoop, sleep } from "yieldfrom";
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

test("a signal's callback runs in a copy of the context in which it was added, each time", async () => {
  const host = new FakeHost();
  const loop = new HostEventLoop(host);
  const user = new ContextVar<string>("user");
  const stored = new AsyncLocalStorage<string>();
  const seen: (string | undefined)[] = [];
  const done = loop.runUntilComplete(
    (function* () {
      user.set("ann");
      stored.run("bob", () =>
        loop.addSignalHandler("SIGHUP", () => {
          seen.push(user.get(), stored.getStore());
          user.set("changed");
        }),
      );
      yield* sleep(10);
    })(),
  );
  host.run(5);
  host.signals.get("SIGHUP")!();
  host.signals.get("SIGHUP")!();
  host.run();
  await done;
  loop.close();
  assert.deepEqual(seen, ["ann", "bob", "ann", "bob"]);
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
