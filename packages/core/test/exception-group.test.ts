import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { ExceptionGroup, TimeoutError } from "yieldfrom";

/** A group as nested lists, its message first: whatever is no group stands for itself. */
function shape(error: unknown): unknown {
  return error instanceof ExceptionGroup ? [error.message, ...error.errors.map(shape)] : error;
}

class OwnGroup<E = unknown> extends ExceptionGroup<E> {
  override readonly name = "OwnGroup";

  override derive<M>(errors: Iterable<M | ExceptionGroup<M>>): OwnGroup<M> {
    return new OwnGroup<M>(this.summary, errors);
  }
}

const [type1, type2, range, late] = [
  new TypeError("1"),
  new TypeError("2"),
  new RangeError("3"),
  new TimeoutError("4"),
];
const inner = new ExceptionGroup("inner", [type2, range]);
const own = new OwnGroup("own", [late, "text"]);
const group = new ExceptionGroup("outer", [type1, inner, own]);

test("an ExceptionGroup holds its errors and counts them in its message", () => {
  const errors = [new Error("a"), new TypeError("b")];
  const cause = new Error("why");
  const several = new ExceptionGroup("several failed", errors, { cause });
  assert.ok(several instanceof AggregateError);
  assert.deepEqual(several.errors, errors);
  assert.equal(several.name, "ExceptionGroup");
  assert.equal(several.code, "ERR_EXCEPTION_GROUP");
  assert.equal(several.message, "several failed (2 sub-exceptions)");
  assert.equal(several.summary, "several failed");
  assert.equal(several.cause, cause);
  assert.equal(String(several), "ExceptionGroup: several failed (2 sub-exceptions)");
  assert.equal(new ExceptionGroup("one", [errors[0]]).message, "one (1 sub-exception)");
  assert.equal(new ExceptionGroup("of (2 sub-exceptions)", [1]).summary, "of (2 sub-exceptions)");
  assert.throws(() => new ExceptionGroup("none", []), {
    name: "RangeError",
    message: "Expected `errors` of an ExceptionGroup to hold an error, got none",
  });
});

suite("split", () => {
  test("by a class parts the members through nested groups, and keeps structure, messages and the errors themselves", () => {
    const [match, rest] = group.split(TypeError);
    assert.deepEqual(shape(match), ["outer (2 sub-exceptions)", type1, ["inner (1 sub-exception)", type2]]);
    assert.deepEqual(shape(rest), [
      "outer (2 sub-exceptions)",
      ["inner (1 sub-exception)", range],
      ["own (2 sub-exceptions)", late, "text"],
    ]);
    assert.equal(match!.errors[0], type1);
    assert.equal((shape(group) as unknown[]).length, 4, "the group itself is as it was");
  });

  test("by several classes, and by a function", () => {
    const expected = ["outer (2 sub-exceptions)", ["inner (1 sub-exception)", range], ["own (1 sub-exception)", late]];
    assert.deepEqual(shape(group.subgroup([RangeError, TimeoutError])), expected);
    const isOne = (error: unknown) => error === range || error === late;
    assert.deepEqual(shape(group.subgroup(isOne)), expected);
    assert.deepEqual(group.split([]).map(shape), [null, shape(group)]);
  });

  test("asks of the group first, then of each member in order, and not of the members of a match", () => {
    const asked: unknown[] = [];
    const [match, rest] = group.split((error) => {
      asked.push(error);
      return error === inner;
    });
    assert.deepEqual(asked, [group, type1, inner, own, late, "text"]);
    assert.equal(match!.errors[0], inner);
    assert.deepEqual(shape(rest), ["outer (2 sub-exceptions)", type1, ["own (2 sub-exceptions)", late, "text"]]);
  });

  test("gives the group itself when it meets the condition itself", () => {
    for (const condition of [ExceptionGroup, AggregateError, Error, [RangeError, Error], () => true]) {
      const [match, rest] = group.split(condition as typeof Error);
      assert.equal(match, group);
      assert.equal(rest, null);
      assert.equal(group.subgroup(condition as typeof Error), group);
    }
  });

  test("gives null for an empty part, and a derived group for the full one", () => {
    const all = new ExceptionGroup("all", [type1, type2]);
    const [match, none] = all.split(TypeError);
    assert.deepEqual([shape(match), none], [shape(all), null]);
    assert.notEqual(match, all);
    const [nothing, rest] = all.split(RangeError);
    assert.deepEqual([nothing, shape(rest)], [null, shape(all)]);
    assert.equal(all.subgroup(RangeError), null);
  });

  test("loses no member that is null or undefined", () => {
    const odd = new ExceptionGroup("odd", [null, undefined, type1]);
    assert.deepEqual(odd.split(TypeError).map(shape), [
      ["odd (1 sub-exception)", type1],
      ["odd (2 sub-exceptions)", null, undefined],
    ]);
    assert.deepEqual(shape(odd.subgroup((error) => error === undefined)), ["odd (1 sub-exception)", undefined]);
  });

  test("parts have the cause and the stack of their group, with their own message", () => {
    const cause = new Error("why");
    const made = new ExceptionGroup("made\nhere", [type1, new ExceptionGroup("in", [type2, range])], { cause });
    const frames = made.stack!.slice(made.stack!.indexOf("\n    at"));
    const [match, rest] = made.split(RangeError);
    for (const part of [match, rest]) {
      assert.equal(part!.cause, cause);
      assert.equal(part!.stack, `${part}${frames}`);
      assert.deepEqual(Object.keys(part!), Object.keys(made), "nothing more is listed");
    }
    assert.match(
      match!.stack!,
      /^ExceptionGroup: made\nhere \(1 sub-exception\)\n {4}at [\s\S]*exception-group\.test\.ts/,
    );
    assert.equal("cause" in (match!.errors[0] as ExceptionGroup), false);
    Object.defineProperty(made, "stack", { value: undefined });
    assert.equal(made.subgroup(RangeError)!.stack, "ExceptionGroup: made\nhere (1 sub-exception)");
  });

  test("keeps the class of a group that overrides derive, and of no other", () => {
    class Forgetful extends ExceptionGroup {}
    const [match] = group.split(TimeoutError);
    assert.ok(match!.errors[0] instanceof OwnGroup);
    assert.ok(!(match instanceof OwnGroup));
    const forgotten = new Forgetful("x", [type1, range]).subgroup(TypeError);
    assert.equal(forgotten!.constructor, ExceptionGroup);
    assert.deepEqual(shape(group.derive([range])), ["outer (1 sub-exception)", range]);
  });

  test("refuses a derive that makes no group, and one that gets no members", () => {
    class Wrong extends ExceptionGroup {
      override derive<M>(): ExceptionGroup<M> {
        return 5 as unknown as ExceptionGroup<M>;
      }
    }
    assert.throws(() => new Wrong("w", [type1, range]).split(TypeError), {
      name: "TypeError",
      message: "Expected derive() of ExceptionGroup: w (2 sub-exceptions) to return an ExceptionGroup, got 5",
    });
    assert.throws(() => group.derive([]), RangeError);
  });

  test("takes any class, an old one too, and passes on what a function throws", () => {
    class Thrown {}
    const thrown = new Thrown();
    function OldError() {}
    Object.setPrototypeOf(OldError.prototype, Error.prototype);
    const old = Object.create(OldError.prototype);
    const odd = new ExceptionGroup("odd", [thrown, old, type1]);
    assert.deepEqual(shape(odd.subgroup(Thrown)), ["odd (1 sub-exception)", thrown]);
    assert.equal(odd.subgroup(OldError as unknown as typeof Error)!.errors[0], old);
    assert.throws(
      () =>
        odd.split(() => {
          throw range;
        }),
      (error) => error === range,
    );
  });

  test("refuses any other condition", () => {
    for (const [wrong, text] of [
      [undefined, "undefined"],
      [5, "5"],
      [{}, "{}"],
      [[TypeError, 5], "5"],
      [[() => true], "[function anonymous]"],
    ] as const) {
      assert.throws(() => group.split(wrong as unknown as typeof Error), {
        name: "TypeError",
        message: `Expected \`condition\` to be an error class, an array of error classes or a function (error) => boolean, got ${text}`,
      });
    }
  });

  test("ends for a group that is in itself", () => {
    const round = new ExceptionGroup<unknown>("round", [type1, range]);
    round.errors.push(round);
    const [match, rest] = round.split(TypeError);
    assert.deepEqual(shape(match), ["round (1 sub-exception)", type1]);
    assert.equal(rest!.message, "round (2 sub-exceptions)");
    assert.deepEqual(rest!.errors, [range, round]);
  });
});
