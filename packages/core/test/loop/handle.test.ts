import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { type Handle, sleep, TimerHandle, VirtualEventLoop } from "yieldfrom";

function named(): void {}

test("a handle is printed by its callback's name and by what became of it", () => {
  const loop = new VirtualEventLoop();
  const handle = loop.callSoon(named);
  assert.equal(String(handle), "<Handle named()>");
  assert.equal(inspect(handle), "<Handle named()>");
  assert.equal(String(loop.callSoon(() => {})), "<Handle (anonymous)>");
  assert.equal(String(loop.callLater(5, named)), "<TimerHandle named()>");
  handle.cancel();
  assert.equal(String(handle), "<Handle cancelled>");
  loop.close();
});

test("a handle that has run says so and holds neither callback nor arguments", () => {
  const loop = new VirtualEventLoop();
  const handles = [loop.callSoon(named), loop.callLater(1, named)];
  loop.runUntilComplete(sleep(2));
  loop.close();
  assert.deepEqual(handles.map(String), ["<Handle run>", "<TimerHandle run>"]);
  for (const { _callback, _args } of handles) assert.deepEqual([_callback, _args], [null, null]);
});

test("cancel drops callback and arguments at once, and may be repeated", () => {
  const loop = new VirtualEventLoop();
  for (const handle of [loop.callSoon(assert.fail, "ran"), loop.callLater(1, assert.fail, "ran")]) {
    assert.equal(handle.cancelled(), false);
    handle.cancel();
    handle.cancel();
    assert.equal(handle.cancelled(), true);
    assert.deepEqual([handle._callback, handle._args], [null, null]);
  }
  loop.runUntilComplete(sleep(2));
  loop.close();
});

test("a callback may cancel a later one of the same iteration (rule R4)", () => {
  const loop = new VirtualEventLoop();
  const calls: string[] = [];
  let third: Handle;
  loop.callSoon(() => {
    calls.push("first");
    third.cancel();
  });
  loop.callSoon(() => calls.push("second"));
  third = loop.callSoon(() => calls.push("third"));
  loop.runUntilComplete(sleep(0));
  assert.deepEqual(calls, ["first", "second"]);
  loop.close();
});

test("a timer knows when it is due", () => {
  const loop = new VirtualEventLoop({ start: 100 });
  const handle = loop.callLater(5, named);
  assert.ok(handle instanceof TimerHandle);
  assert.equal(handle.when(), 105);
  assert.equal(loop.callAt(7.5, named).when(), 7.5);
  loop.close();
});

test("a timer cancelled after it ran, or after its loop closed, disturbs nothing", () => {
  const loop = new VirtualEventLoop();
  const ran = loop.callLater(1, named);
  const left = loop.callLater(50, named);
  loop.runUntilComplete(sleep(2));
  ran.cancel();
  assert.equal(ran.cancelled(), true);
  assert.equal(loop._timers.peek(), left);
  loop.close();
  left.cancel();
  assert.equal(left.cancelled(), true);
});

test("a loop's cancelled timers do not accumulate behind a living one", () => {
  const loop = new VirtualEventLoop();
  loop.callLater(1, named);
  for (let i = 0; i < 1000; i++) loop.callLater(1000 + i, named).cancel();
  assert.ok(loop._timers.size < 110, `${loop._timers.size} timers are held for 1 living one`);
  loop.close();
});

test("callbacks get their arguments", () => {
  const loop = new VirtualEventLoop();
  const calls: unknown[] = [];
  const note = (a: number, b: string) => calls.push([a, b]);
  loop.callSoon(note, 1, "soon");
  loop.callSoonThreadsafe(note, 2, "from outside");
  loop.callLater(1, note, 3, "later");
  loop.callAt(2, note, 4, "at");
  loop.runUntilComplete(sleep(3));
  assert.deepEqual(calls, [
    [1, "soon"],
    [2, "from outside"],
    [3, "later"],
    [4, "at"],
  ]);
  loop.close();
});
