import assert from "node:assert/strict";
import { test } from "node:test";
import { format, inspect } from "node:util";
import { runInNewContext } from "node:vm";
import { ExceptionGroup } from "yieldfrom";
import { errorText } from "../src/error-text.ts";

/** An error with a stack of one known line. */
function known<E extends Error>(error: E, place: string): E {
  error.stack = `${error}\n    at ${place}`;
  return error;
}

function group(message: string, errors: unknown[], place: string, options?: ErrorOptions) {
  return known(new ExceptionGroup(message, errors, options), place);
}

test("a group is a tree of its members, numbered, with stacks and causes", () => {
  const cause = known(new Error("why"), "cause.ts:1");
  const inner = group("inner", [known(new RangeError("low"), "low.ts:1"), "thrown"], "inner.ts:1", { cause });
  const outer = group(
    "outer\nsecond line",
    [inner, known(new TypeError("one\ntwo", { cause: 5 }), "type.ts:1")],
    "outer.ts:1",
  );
  const text = `ExceptionGroup: outer
second line (2 sub-exceptions)
    at outer.ts:1
├─ 1: ExceptionGroup: inner (2 sub-exceptions)
│      at inner.ts:1
│  ├─ cause: Error: why
│  │      at cause.ts:1
│  ├─ 1: RangeError: low
│  │      at low.ts:1
│  └─ 2: "thrown"
└─ 2: TypeError: one
   two
       at type.ts:1
   └─ cause: 5`;
  assert.equal(outer.format(), text);
  assert.equal(inspect(outer), text);
  assert.equal(format("%o and", 1, outer), `1 and ${text}`);
  assert.equal(String(outer), "ExceptionGroup: outer\nsecond line (2 sub-exceptions)", "short where a line is wanted");
});

test("Node's limit of depth does not cut it", () => {
  const deep = group("0", [group("1", [group("2", [group("3", ["end"], "d.ts")], "c.ts")], "b.ts")], "a.ts");
  assert.match(inspect({ a: { b: deep } }), /1: "end"/);
  assert.match(inspect([deep], { depth: 0 }), /1: "end"|\[ExceptionGroup\]/);
  const custom = deep as unknown as Record<symbol, (depth: number) => string>;
  assert.equal(custom[Symbol.for("nodejs.util.inspect.custom")]!(-1), "[ExceptionGroup]");
});

test("fifteen members are shown, the others counted", () => {
  const lines = group(
    "many",
    Array.from({ length: 18 }, (_, i) => i),
    "many.ts",
  )
    .format()
    .split("\n");
  assert.deepEqual(lines.slice(-3), ["├─ 14: 13", "├─ 15: 14", "└─ and 3 more"]);
  const all = group(
    "many",
    Array.from({ length: 15 }, (_, i) => i),
    "many.ts",
  ).format();
  assert.match(all, /└─ 15: 14$/);
});

test("ten levels are shown, of groups as of causes", () => {
  let groups: ExceptionGroup = new ExceptionGroup("level 11", ["bottom"]);
  let causes = new Error("level 11", { cause: "bottom" });
  for (let level = 10; level >= 0; level--) {
    groups = new ExceptionGroup(`level ${level}`, [groups]);
    causes = new Error(`level ${level}`, { cause: causes });
  }
  for (const text of [groups.format(), errorText(causes)]) {
    assert.match(text, /level 10\b[\s\S]*└─ … nested too deep to be shown$/);
    assert.doesNotMatch(text, /level 11/);
  }
});

test("circles end, and what is shared is shown once", () => {
  const round = group("round", ["first"], "round.ts");
  const shared = known(new Error("shared", { cause: round }), "shared.ts");
  round.errors.push(shared, round, shared);
  assert.equal(
    round.format(),
    `ExceptionGroup: round (1 sub-exception)
    at round.ts
├─ 1: "first"
├─ 2: Error: shared
│      at shared.ts
│  └─ cause: ExceptionGroup: round (1 sub-exception) (shown above)
├─ 3: ExceptionGroup: round (1 sub-exception) (shown above)
└─ 4: Error: shared (shown above)`,
  );
  let doubled: unknown = "leaf";
  for (let level = 0; level < 9; level++) doubled = new ExceptionGroup(`${level}`, Array(15).fill(doubled));
  assert.ok((doubled as ExceptionGroup).format().split("\n").length < 500, "sharing must not multiply");
});

test("members that are no errors", () => {
  const circle: { self?: unknown } = {};
  circle.self = circle;
  const odd = [undefined, null, 5n, Symbol("s"), "a\nb", { status: 500 }, circle, Object.create(null), () => 1];
  const text = group("odd", [...odd, "x".repeat(300)], "odd.ts").format();
  const members = text.split("\n").slice(2);
  assert.deepEqual(
    members.slice(0, 9).map((line) => line.replace(/^.*?: /, "")),
    [
      "undefined",
      "null",
      "5",
      "Symbol(s)",
      '"a\\nb"',
      '{"status":500}',
      "[object Object]",
      "{}",
      "[function anonymous]",
    ],
  );
  assert.equal(members[9], `└─ 10: "${"x".repeat(199)}…`);
});

test("errors without a stack, with a late name, of another realm, and hostile ones", () => {
  const bare = Object.defineProperty(new Error("bare"), "stack", { value: undefined });
  assert.equal(errorText(bare), "Error: bare");
  assert.equal(errorText(Object.defineProperty(new Error(""), "stack", { value: "" })), "Error");
  class Unnamed extends Error {}
  assert.equal(errorText(known(new Unnamed("x"), "u.ts")), "Unnamed: x\n    at u.ts");
  const lookalike = known(new Error("back\n  at ten"), "l.ts:1");
  assert.equal(errorText(lookalike), "Error: back\n  at ten\n    at l.ts:1");
  const renamed = known(new Error("before"), "r.ts:1");
  renamed.message = "after";
  assert.equal(errorText(renamed), "Error: after\n    at r.ts:1");
  const gecko = Object.assign(new Error("g"), { stack: "f@file.js:1:2\n@file.js:3:4\n" });
  assert.equal(errorText(gecko), "Error: g\nf@file.js:1:2\n@file.js:3:4");
  assert.match(errorText(runInNewContext("new TypeError('foreign')")), /^TypeError: foreign\n {4}at /);
  const hostile = Object.defineProperty(new Error("h"), "message", {
    get() {
      throw new RangeError("no");
    },
  });
  assert.equal(
    errorText(group("g", [hostile, 1], "g.ts"))
      .split("\n")
      .slice(2)
      .join("\n"),
    "├─ 1: an error that can't be shown, as that throws {}\n└─ 2: 1",
  );
});
