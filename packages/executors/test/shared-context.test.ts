import assert from "node:assert/strict";
import { test } from "node:test";
import { ContextVar, copyContext } from "yieldfrom";
import { enterValues, shareContextVar, valuesToSend } from "../src/shared-context.ts";

test("what is sent are the values that were set here, of variables that are shared", () => {
  const shared = shareContextVar(new ContextVar<string>("t.shared", { default: "default" }));
  const other = new ContextVar<string>("t.other");
  assert.equal(valuesToSend(), undefined);
  copyContext().run(() => {
    other.set("stays");
    assert.equal(valuesToSend(), undefined);
    shared.set("goes");
    assert.deepEqual(valuesToSend(), [["t.shared", "goes"]]);
  });
  assert.equal(valuesToSend(), undefined);
});

test("values hold until they are left; those of variables that nobody knows are left out", () => {
  const shared = shareContextVar(new ContextVar<string>("t.entered"));
  const leave = enterValues([
    ["t.nobody", 1],
    ["t.entered", "here"],
  ]);
  assert.equal(shared.get(), "here");
  shared.set("changed");
  leave();
  assert.equal(shared.get("gone"), "gone");
});

test("a name belongs to one variable", () => {
  const first = new ContextVar<string>("t.twice");
  assert.equal(shareContextVar(first), first);
  assert.equal(shareContextVar(first), first);
  assert.throws(
    () => shareContextVar(new ContextVar<string>("t.twice")),
    /^RangeError: A context variable named "t\.twice" is shared already.* new ContextVar\("shop\.requestId"\)/,
  );
});
