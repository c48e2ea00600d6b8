import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultHost, type Host } from "../src/host.ts";
import { turn } from "./helpers.ts";
import { place } from "./place.ts";

test("its clock goes on and never back", async () => {
  const times = [defaultHost.now(), defaultHost.now()];
  await new Promise((resolve) => setTimeout(resolve, 2));
  times.push(defaultHost.now());
  assert.ok(times[0]! <= times[1]! && times[1]! < times[2]!);
});

test("a microtask comes before everything else, a macrotask after the host's other immediates", async () => {
  const order: string[] = [];
  await new Promise<void>((resolve) => {
    setImmediate(() => order.push("immediate"));
    defaultHost.macrotask(() => {
      order.push("macrotask");
      resolve();
    });
    defaultHost.microtask(() => order.push("microtask"));
    order.push("now");
  });
  assert.deepEqual(order, ["now", "microtask", "immediate", "macrotask"]);
});

test("a timer fires, and one that was taken back does not", async () => {
  let fired = 0;
  const takeBack = defaultHost.timer(() => fired++, 1);
  takeBack();
  takeBack();
  await new Promise<void>((resolve) => void defaultHost.timer(resolve, 5));
  assert.equal(fired, 0);
});

test("a delay beyond what the host can count does not fire at once", async () => {
  let fired = false;
  const takeBack = defaultHost.timer(() => {
    fired = true;
  }, 2 ** 40);
  await new Promise<void>((resolve) => void defaultHost.timer(resolve, 3));
  takeBack();
  assert.equal(fired, false);
});

test("listeners for the end and for Ctrl-C are taken back a turn after the functions they gave", async () => {
  const count = (event: string) => process.listenerCount(event);
  const before = [count("beforeExit"), count("SIGINT")];
  const forget = [defaultHost.onIdle(() => {}), defaultHost.onInterrupt(() => {}), defaultHost.onInterrupt(() => {})];
  assert.ok(count("beforeExit") > before[0]! && count("SIGINT") > before[1]!);
  for (const fn of forget) fn?.();
  const again = defaultHost.onIdle(() => {});
  await turn();
  assert.deepEqual([count("beforeExit"), count("SIGINT")], [before[0]! + 1, before[1]!], "one is wanted again");
  again();
  await turn();
  assert.deepEqual([count("beforeExit"), count("SIGINT")], before);
});

test("where somebody else handles Ctrl-C, it can't be had", async () => {
  const own = () => {};
  process.on("SIGINT", own);
  try {
    assert.equal(
      defaultHost.onInterrupt(() => {}),
      undefined,
    );
    assert.equal(process.listenerCount("SIGINT"), 1);
  } finally {
    process.off("SIGINT", own);
  }
  const forget = defaultHost.onInterrupt(() => {});
  assert.ok(forget, "and again when he is gone");
  forget();
  await turn();
});

test("it knows where a suspended generator stands, and leaves nothing behind by asking", () => {
  const globals = Object.getOwnPropertyNames(globalThis);
  const at = place(3);
  function* suspended(): Generator<number> {
    yield 1;
    yield 2;
  }
  const gen = suspended();
  gen.next();
  gen.next();
  const found = defaultHost.whereIs(gen);
  assert.equal(found?.fn, "suspended");
  assert.equal(`${found.file.replace("file://", "")}:${found.line}`, at);
  assert.equal(found.column, defaultHost.sourceLine(found.file, found.line)!.indexOf("yield") + 1);
  assert.deepEqual(Object.getOwnPropertyNames(globalThis), globals);
});

test("methods and nameless generators are found as well; what is no generator has no place", () => {
  class Thing {
    *method(): Generator<number> {
      yield 1;
    }
  }
  const method = new Thing().method();
  method.next();
  assert.equal(defaultHost.whereIs(method)?.fn, "method");
  const nameless = (function* () {
    yield 1;
  })();
  nameless.next();
  assert.equal(defaultHost.whereIs(nameless)?.fn, "");
  assert.equal(defaultHost.whereIs({}), undefined);
});

test("it reads a line of a source file, and does without where it can't", () => {
  const line = Number(place().split(":").at(-1));
  const text = `const line = Number(place().split(":").at(-1));`;
  for (const file of [import.meta.url, import.meta.filename]) {
    assert.equal(defaultHost.sourceLine(file, line)?.trim(), text);
  }
  assert.equal(defaultHost.sourceLine(import.meta.url, 100_000), undefined);
  for (const file of ["file:///nowhere/at-all.ts", "node:fs", "", "https://example.invalid/a.js"]) {
    assert.equal(defaultHost.sourceLine(file, 1), undefined);
  }
});

/** The host as it finds itself where these globals are what is given. */
async function hostWith(globals: Record<string, unknown>): Promise<Host> {
  const scope = globalThis as unknown as Record<string, unknown>;
  const before = Object.fromEntries(Object.keys(globals).map((name) => [name, scope[name]]));
  Object.assign(scope, globals);
  try {
    // With a query of its own a module is loaded once more; Bun does so for relative paths only.
    return ((await import(`../src/host.ts?${Object.keys(globals).join("-")}`)) as { defaultHost: Host }).defaultHost;
  } finally {
    Object.assign(scope, before);
  }
}

test("without immediates, as in a browser, a macrotask is a message to oneself", async () => {
  const sent: unknown[] = [];
  const receiver: { onmessage: () => void } = { onmessage: () => {} };
  class FakeChannel {
    readonly port1 = receiver;
    readonly port2 = { postMessage: (message: unknown) => sent.push(message) };
  }
  const { macrotask } = await hostWith({ setImmediate: undefined, MessageChannel: FakeChannel });
  const order: number[] = [];
  for (const n of [1, 2, 3]) macrotask(() => order.push(n));
  assert.deepEqual([sent.length, order.length], [3, 0]);
  for (let i = 0; i < 4; i++) receiver.onmessage();
  assert.deepEqual(order, [1, 2, 3]);
});

test("without that either, it is a timer", async () => {
  const { macrotask } = await hostWith({ setImmediate: undefined, MessageChannel: undefined, process: undefined });
  let called = false;
  await new Promise<void>((resolve) =>
    macrotask(() => {
      called = true;
      resolve();
    }),
  );
  assert.equal(called, true);
});

test("without a process it does without its end, Ctrl-C, places and files", async () => {
  const host = await hostWith({ process: undefined });
  assert.equal(
    host.onInterrupt(() => {}),
    undefined,
  );
  host.onIdle(() => assert.fail("called"))();
  host.interrupt();
  assert.equal(host.whereIs((function* () {})()), undefined);
  assert.equal(host.sourceLine(import.meta.url, 1), undefined);
});
