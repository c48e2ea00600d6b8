import assert from "node:assert/strict";
import { test } from "node:test";
import {
  Context,
  ContextVar,
  type Coroutine,
  copyContext,
  createTask,
  currentTask,
  Future,
  gather,
  getRunningLoop,
  LookupError,
  Runner,
  sleep,
  type Token,
  VirtualEventLoop,
} from "yieldfrom";
import { virtual } from "../helpers.ts";

test("get: the value set, else the fallback, else the default, else a LookupError that names the variable", () => {
  const bare = new ContextVar<number>("user");
  const withDefault = new ContextVar("limit", { default: 5 });
  new Context().run(() => {
    assert.throws(() => bare.get(), {
      name: "LookupError",
      message: "<ContextVar user> has no value in this context, and no default",
    });
    assert.ok(new LookupError() instanceof Error);
    assert.equal(bare.get(1), 1);
    assert.equal(withDefault.get(), 5);
    assert.equal(withDefault.get(6), 6);
    bare.set(2);
    assert.equal(bare.get(1), 2);
  });
  assert.equal(bare.get(0), 0, "what was set in another context stays there");
  assert.throws(() => new ContextVar(1 as never), /Expected `name` of a ContextVar to be a string, got 1/);
});

test("a default of undefined is a default, and a value of undefined is a value", () => {
  assert.equal(new ContextVar("a", { default: undefined }).get(), undefined);
  const variable = new ContextVar<number | undefined>("b", { default: 1 });
  new Context().run(() => {
    variable.set(undefined);
    assert.equal(variable.get(), undefined);
  });
});

test("reset: back to the value before, or to none; a token serves once, one variable, one context", () => {
  const variable = new ContextVar<string>("v");
  const other = new ContextVar<string>("w");
  let first: Token<string> | undefined;
  const context = new Context();
  context.run(() => {
    first = variable.set("a");
    const second = variable.set("b");
    assert.equal(second.oldValue, "a");
    assert.equal(first.oldValue, undefined);
    assert.throws(() => other.reset(second), {
      name: "RangeError",
      message: "Expected a Token of <ContextVar w>, got one of <ContextVar v>",
    });
    variable.reset(second);
    assert.equal(variable.get(), "a");
    assert.throws(() => variable.reset(second), {
      name: "RuntimeError",
      message: "this Token of <ContextVar v> was used already",
    });
  });
  assert.throws(() => variable.reset(first as Token<string>), {
    name: "RangeError",
    message: "this Token of <ContextVar v> was made in another Context",
  });
  context.run(() => {
    variable.reset(first as Token<string>);
    assert.equal(context.has(variable as ContextVar<never>), false);
  });
});

test("a Context: copy, get, has, size, iteration; entered once at a time; left when the function throws", () => {
  const variable = new ContextVar<number>("n");
  const context = new Context();
  context.run(() => variable.set(1));
  const copy = context.copy();
  copy.run(() => variable.set(2));
  assert.deepEqual([context.get(variable), copy.get(variable), context.size], [1, 2, 1]);
  assert.deepEqual([...context], [[variable, 1]]);
  context.run(() =>
    assert.throws(() => context.run(() => {}), {
      name: "RuntimeError",
      message: "a Context can't be entered while it is entered already; enter a copy() of it",
    }),
  );
  assert.throws(
    () =>
      context.run(() => {
        throw new Error("out");
      }),
    /out/,
  );
  assert.equal(
    context.run(() => variable.get()),
    1,
    "it can be entered again",
  );
  assert.equal(variable.get(0), 0, "and the one outside is current again");
});

test("a task has a copy of the context it was made in; its writes are its own, over all of its steps", () => {
  const variable = new ContextVar("v", { default: "none" });
  virtual(function* () {
    variable.set("main");
    function* child(name: string): Coroutine<string[]> {
      const seen = [variable.get()];
      variable.set(name);
      yield* sleep(1);
      seen.push(variable.get());
      return seen;
    }
    const results = yield* gather([child("a"), child("b")]);
    assert.deepEqual(results, [
      ["main", "a"],
      ["main", "b"],
    ]);
    assert.equal(variable.get(), "main");
    assert.deepEqual(yield* child("direct"), ["main", "direct"]);
    assert.equal(variable.get(), "direct", "what is awaited directly shares the caller's context");
  });
});

test("callbacks run in a copy made when they were scheduled or added; a bound one in its Context itself", () => {
  const variable = new ContextVar("v", { default: 0 });
  virtual(function* () {
    const loop = getRunningLoop();
    const seen: [string, number][] = [];
    const note = (what: string) => () => {
      seen.push([what, variable.get()]);
      variable.set(variable.get() + 100);
    };
    const future = new Future<void>();
    variable.set(1);
    loop.callSoon(note("soon"));
    future.addDoneCallback(note("done"));
    const context = copyContext();
    loop.callSoon(context.bind(note("bound")));
    variable.set(2);
    loop.callLater(1, note("later"));
    future.setResult();
    yield* sleep(2);
    assert.deepEqual(seen, [
      ["soon", 1],
      ["bound", 1],
      ["done", 1],
      ["later", 2],
    ]);
    assert.equal(variable.get(), 2);
    assert.equal(context.get(variable), 101);
    assert.equal(
      loop
        .callSoon(() => {})
        .getContext()
        .get(variable),
      2,
    );
  });
});

test("removeDoneCallback finds a callback that was bound to a context", () => {
  virtual(function* () {
    const future = new Future<void>();
    const callback = () => assert.fail("was removed");
    future.addDoneCallback(new Context().bind(callback));
    new ContextVar<number>("v").set(1);
    future.addDoneCallback(callback);
    assert.equal(future.removeDoneCallback(callback), 2);
    future.setResult();
    yield* sleep(0);
  });
});

test("a task given a context uses it as it is; getContext is where a task's own variables are", () => {
  const variable = new ContextVar("v", { default: 0 });
  virtual(function* () {
    const context = new Context();
    function* child(): Coroutine<void> {
      variable.set(variable.get() + 1);
      yield* sleep(0);
    }
    yield* createTask(child(), { context });
    yield* createTask(child(), { context });
    assert.equal(context.get(variable), 2);
    const plain = createTask(child());
    const own = plain.getContext();
    assert.equal(plain.getContext(), own);
    yield* plain;
    assert.equal(own.get(variable), 1);
    assert.equal(variable.get(), 0);
  });
});

test("a token made before someone asked for the task's Context still serves", () => {
  virtual(function* () {
    const variable = new ContextVar("v", { default: 0 });
    const token = variable.set(1);
    currentTask()?.getContext();
    variable.reset(token);
    assert.equal(variable.get(), 0);
    yield* sleep(0);
  });
});

test("all runs of a Runner share one context", async () => {
  const variable = new ContextVar("v", { default: 0 });
  const runner = new Runner({ loop: new VirtualEventLoop() });
  function* add(): Coroutine<number> {
    variable.set(variable.get() + 1);
    return variable.get();
  }
  assert.equal(await runner.run(add), 1);
  assert.equal(await runner.run(add), 2);
  await runner.close();
  assert.equal(variable.get(), 0);
});
